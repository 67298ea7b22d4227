"""Every alarm and every command of the runbook is followed by a rehearsal on a running stack (`make rehearse`)."""

from tests.stack.test_runbook import FOLLOWED
from tests.support.stack.runbook import sections
from tests.support.template.template import properties, resources


def test_every_alarm_of_the_template_has_a_section_and_a_test_that_follows_it() -> None:
    names = {
        properties(alarm)["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for alarm in resources("AWS::CloudWatch::Alarm")
    }
    assert {alarm for section in sections().values() for alarm in section.alarms} == names == set(FOLLOWED)


def test_every_command_of_every_section_is_run_by_a_test() -> None:
    for section in sections().values():
        followed = set().union(*(FOLLOWED[alarm] for alarm in section.alarms))
        assert {f"tribe-yuki {command}" for command in followed} == set(section.commands)
