"""No message is lost, handed out twice while it is worked on, or kept for ever."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.template.template import functions, may, properties, referred, resources, sources, template
from tests.support.world.workers import TIMEOUTS
from tests.support.world.world import RESOURCES
from tests.support.world.world_queues import world_queues
from tribe_yuki.entrypoints.webhook import LONGEST_WINDOW_SECONDS

QUEUES = sorted(resources("AWS::SQS::Queue"))
DEAD = sorted(name for name in QUEUES if name.endswith("DeadLetterQueue"))
ALIVE = sorted(set(QUEUES) - set(DEAD))
DAY = 24 * 60 * 60


def feeding() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each function with a queue that feeds it."""
    for function in functions().values():
        for source in sources(function):
            yield function, source


def test_every_queue_but_the_dead_letters_feeds_one_function() -> None:
    assert sorted(referred(source["Queue"]) for _, source in feeding()) == ALIVE


def test_a_failed_message_of_a_batch_does_not_repeat_the_others() -> None:
    for _, source in feeding():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_message_stays_invisible_for_six_times_the_timeout_of_a_function_that_takes_batches() -> None:
    for function, source in feeding():
        visibility = properties(referred(source["Queue"]))["VisibilityTimeout"]
        if source["BatchSize"] > 1:
            assert visibility >= 6 * properties(function)["Timeout"]
        else:
            # Alone it waits for no batch; what failed keeps its group waiting no longer than a worker that died may.
            assert properties(function)["Timeout"] < visibility <= properties(function)["Timeout"] + 60


def test_the_queues_and_timeouts_of_the_tests_are_those_of_the_template() -> None:
    batches = {referred(source["Queue"]): source["BatchSize"] for _, source in feeding()}
    for name, queue in world_queues().items():
        if name not in RESOURCES or RESOURCES[name] not in ALIVE:
            continue
        made = properties(RESOURCES[name])
        assert queue.visibility.total_seconds() == made["VisibilityTimeout"]
        assert queue.is_fifo == made.get("FifoQueue", False)
        assert queue.max_receives == made["RedrivePolicy"]["maxReceiveCount"]
        assert queue.batch == batches[RESOURCES[name]]
    timeouts = {name: properties(functions()[name])["Timeout"] for name in TIMEOUTS}
    assert timeouts == TIMEOUTS


@pytest.mark.parametrize("queue", ALIVE)
def test_five_crashes_send_a_message_to_a_dead_letter_queue_that_keeps_it_longer(queue: str) -> None:
    redrive = properties(queue)["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 5
    dead = referred(redrive["deadLetterTargetArn"])
    assert dead in DEAD
    assert properties(dead)["MessageRetentionPeriod"] == 14 * DAY > properties(queue)["MessageRetentionPeriod"]
    assert properties(dead).get("FifoQueue", False) == properties(queue).get("FifoQueue", False)  # SQS wants it so


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_is_encrypted(queue: str) -> None:
    assert properties(queue)["SqsManagedSseEnabled"] is True


def test_contacts_are_first_in_first_out_per_relation_at_full_speed() -> None:
    queue = properties("ContactQueue")
    assert queue["FifoQueue"] is True
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"
    assert queue["ContentBasedDeduplication"] is False  # the window decides what is the same


def test_the_contact_queue_delivers_a_second_after_the_window_has_closed() -> None:
    delay = properties("ContactQueue")["DelaySeconds"]
    assert delay == {"Fn::FindInMap": ["ContactDelay", {"Ref": "WindowSeconds"}, "Seconds"]}
    windows = template()["Parameters"]["WindowSeconds"]["AllowedValues"]
    delays = {window: one["Seconds"] for window, one in template()["Mappings"]["ContactDelay"].items()}
    assert delays == {window: int(window) + 1 for window in windows}
    assert max(map(int, windows)) <= LONGEST_WINDOW_SECONDS


def test_a_function_that_feeds_itself_is_not_stopped_as_a_runaway_loop() -> None:
    for function in functions().values():
        feeds_itself = may(function, "sqs:SendMessage") & {referred(source["Queue"]) for source in sources(function)}
        assert (properties(function).get("RecursiveLoop") == "Allow") == bool(feeds_itself)
