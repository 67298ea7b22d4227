"""An incident on the running stack: its cause, alarms whose hours nobody waits for, and what the operator does."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from local.bridge.bridge import LAG, Bridge
from local.bridge.evaluation import State as AlarmState
from local.dashboard.readings import read
from local.demo.invoices import open_transfers
from tests.support.stack.runbook import Section, filled
from tests.support.world.seed_records import customer_named, line
from tribe_yuki.invoices.transfer import State, Transfer

CONNECTION = "demo"
# A customer that both systems know under one number.
CUSTOMER = "D-10018"
COMMAND = Path(sys.executable).with_name("tribe-yuki")
MINUTE = timedelta(minutes=1)
PATIENCE_SECONDS = 120
_TELEPHONES = ("0385550101", "0385550102")
_LOOK_EVERY_SECONDS = 0.2


@dataclass(slots=True)
class Incident:
    """The running stack, its alarms in hours that pass as they are told to, and the page that is followed.

    `resources` are physical ids by logical ones; `folder` is where the command finds the stack under `.local`.
    """

    stack: Mapping[str, Any]
    aws: Callable[[str], Any]
    resources: Mapping[str, str]
    bridge: Bridge
    folder: Path
    http: httpx.Client
    section: Section
    followed: set[str] = field(default_factory=set)

    # The operator

    def do(self, begin: str, *values: str, exits: int = 0, typed: str = "") -> str:
        """Run the page's command that begins so, with its placeholders filled in; return what it prints."""
        return self.finish(self.start(begin, *values, typed=typed), exits=exits)

    def start(self, begin: str, *values: str, typed: str = "") -> subprocess.Popen[str]:
        """Begin to run the page's command that begins so."""
        command = min((one for one in self.section.commands if one.startswith(f"tribe-yuki {begin}")), key=len)
        self.followed.add(command)
        return self._run(filled(command, *values), typed)

    def run(self, command: str) -> str:
        """Run a command that is not of the page."""
        return self.finish(self._run(f"tribe-yuki {command}"))

    def finish(self, process: subprocess.Popen[str], *, exits: int = 0) -> str:
        """Wait for a command, and return what it printed."""
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == exits, output
        return output

    def _run(self, command: str, typed: str = "") -> subprocess.Popen[str]:
        _, *words = shlex.split(command)
        process = subprocess.Popen(
            [COMMAND, "--local", *words],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(typed)
        process.stdin.flush()
        return process

    def line(self, title: str, label: str) -> float:
        """Return the newest value of a line of the dashboard; raise StopIteration when there is none."""
        readings = read(self.aws("cloudwatch"), self.stack["outputs"]["DashboardName"], self.now())
        graphs = [widget for widget in readings.widgets if widget.title.startswith(title)]
        lines = [one for graph in graphs for one in graph.lines if label in one.label]
        return next(one.points[-1][1] for one in lines if one.points)

    def logged(self, function: str, since: datetime) -> list[dict[str, Any]]:
        """Return the structured lines that a function logged since an instant."""
        pages = (
            self.aws("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.resources[f"{function}LogGroup"], startTime=int(since.timestamp() * 1000))
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]

    # Alarms, and the hours that they live in

    def now(self) -> datetime:
        """Return the instant at which metrics and alarms are."""
        return datetime.now(UTC) + self.bridge.ahead

    def passes(self, span: timedelta) -> None:
        """Let time pass for metrics and alarms; what was logged before stays before it."""
        self.look()
        self.bridge.ahead += span

    def sweep(self) -> None:
        """Do what the schedule does every minute."""
        answer = self.aws("lambda").invoke(FunctionName=self.resources["YukiPollFunction"])
        assert "FunctionError" not in answer

    def look(self) -> None:
        """Have everything measured that is logged until now, and the alarms evaluated."""
        time.sleep(LAG.total_seconds() + 0.05)
        self.bridge.round(datetime.now(UTC))

    def alarm(self, name: str) -> AlarmState:
        """Return the state of an alarm."""
        return self.bridge.states[f"{self.stack['stack']}-{name}"]

    def rings(self, *names: str, sweeps: bool = True) -> None:
        """Wait for alarms; minutes pass where several in a row have to be bad."""
        periods = max(self._described(name)["EvaluationPeriods"] for name in names)
        self._until(names, AlarmState.ALARM, MINUTE if periods > 1 else timedelta(), sweeps=sweeps)

    def clears(self, *names: str) -> None:
        """Wait until alarms are over; as many minutes pass as they look at."""
        seconds = max(self._described(name)["Period"] for name in names)
        self._until(names, AlarmState.OK, timedelta(seconds=seconds), sweeps=True)

    def _until(self, names: tuple[str, ...], state: AlarmState, step: timedelta, *, sweeps: bool) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if sweeps:
                self.sweep()
            self.look()
            states = {name: self.alarm(name) for name in names}
            if set(states.values()) == {state}:
                return
            assert time.monotonic() < deadline, states
            self.bridge.ahead += step

    def _described(self, name: str) -> dict[str, Any]:
        found = self.aws("cloudwatch").describe_alarms(AlarmNames=[f"{self.stack['stack']}-{name}"])["MetricAlarms"]
        described: dict[str, Any] = found[0]
        return described

    def wait_for(self, condition: Callable[[], object], patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for what the functions do."""
        deadline = time.monotonic() + patience_seconds
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(_LOOK_EVERY_SECONDS)

    # Tribe and Yuki

    def control(self, side: str, call: str, **body: Any) -> dict[str, Any]:
        """Do in Tribe or Yuki what a person does there, or set a switch of the simulator."""
        answer = self.http.post(f"{self.stack[f'{side}_url']}/_control/{call}", json=body).raise_for_status()
        done: dict[str, Any] = answer.json()
        return done

    def state(self, side: str) -> dict[str, Any]:
        """Return everything that Tribe or Yuki holds."""
        answer = self.http.get(f"{self.stack[f'{side}_url']}/_control/state").raise_for_status()
        shown: dict[str, Any] = answer.json()
        return shown

    def send_invoice(self, subject: str, customer: str = "Fotografie Lichtval") -> dict[str, Any]:
        """Make an invoice in Tribe and press Send; return it as Tribe shows it."""
        draft = {
            "Subject": subject,
            "Currency": "EUR",
            "Relationship": customer_named(customer),
            "ProductLines": [line(subject)],
        }
        made = self.control("tribe", "invoices", **draft)
        return self.control("tribe", f"invoices/{made['ID']}/send")

    def edit_customer(self) -> tuple[str, str]:
        """Give a customer another telephone number in Tribe; return its id and the number."""
        rows = self.state("tribe")["Relation_Organization"]
        (customer,) = [row for row in rows if row["DebtorNumber"] == CUSTOMER]
        telephone = next(number for number in _TELEPHONES if number != customer.get("PhoneNumber"))
        self.control("tribe", f"edit/{customer['ID']}", PhoneNumber=telephone)
        return str(customer["ID"]), telephone

    def booked(self, number: str) -> int:
        """Return how often Yuki holds an invoice."""
        return sum(invoice["reference"] == number for invoice in self.state("yuki")["invoices"])

    def transfer(self, tribe_invoice_id: str) -> Transfer | None:
        """Return how far an invoice has come."""
        return open_transfers(self.stack).get(tribe_invoice_id)

    def is_in(self, tribe_invoice_id: str, *states: State) -> bool:
        """Tell whether an invoice is in one of some states."""
        found = self.transfer(tribe_invoice_id)
        return found is not None and found.state in states

    def set_back(self, tribe_invoice_id: str, by: timedelta, **changes: Any) -> None:
        """Have an invoice be due since a while, as if its time had passed."""
        found = self.transfer(tribe_invoice_id)
        assert found is not None
        now = datetime.now(UTC)
        open_transfers(self.stack).save(replace(found, due_at=now - by, **changes), [], now)

    # AWS

    @contextmanager
    def disabled_trigger(self, queue: str) -> Iterator[Callable[[], None]]:
        """Disable what hands a queue's messages to its function; yields what enables it again."""
        arn = self.queue_attribute(queue, "QueueArn")
        client = self.aws("lambda")
        (trigger,) = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]

        def enable() -> None:
            client.update_event_source_mapping(UUID=trigger["UUID"], Enabled=True)

        client.update_event_source_mapping(UUID=trigger["UUID"], Enabled=False)
        try:
            yield enable
        finally:
            enable()

    @contextmanager
    def missing_permission(self, function: str) -> Iterator[Callable[[], None]]:
        """Take from a function what lets it work on records; yields what gives it back."""
        iam, role, policy = self.aws("iam"), self.resources[f"{function}Role"], self.resources["WorkOnRecordsPolicy"]

        def restore() -> None:
            iam.attach_role_policy(RoleName=role, PolicyArn=policy)

        iam.detach_role_policy(RoleName=role, PolicyArn=policy)
        try:
            yield restore
        finally:
            restore()

    @contextmanager
    def hurried_deliveries(self, queue: str) -> Iterator[None]:
        """Have what a function gave back delivered again at once, instead of after minutes."""
        usual = self.queue_attribute(queue, "VisibilityTimeout")
        client, url = self.aws("sqs"), self.resources[queue]
        client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        try:
            yield
        finally:
            client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": usual})

    def queue_attribute(self, queue: str, name: str) -> str:
        """Return an attribute of a queue."""
        url = self.resources[queue]
        answer = self.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return str(answer["Attributes"][name])

    def waiting_messages(self, queue: str) -> int:
        """Return how many messages are on a queue, those that a function has included."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(self.queue_attribute(queue, name)) for name in names)
