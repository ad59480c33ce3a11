"""What a teacher can set, and what is said when a setting cannot be used."""

import dataclasses
import datetime
import math
import tomllib

import pytest

from resnet_edu.classroom import settings
from resnet_edu.classroom.cage import MIB, Limits
from resnet_edu.classroom.settings import Settings, SettingsError, load, read, template

BERLIN = 'time_zone = "Europe/Berlin"\n'


def at(text):
    return datetime.datetime.fromisoformat(text)


def test_an_empty_file_is_a_course():
    assert read("") == Settings()


def test_the_file_of_a_new_course_gives_the_defaults():
    assert read(template(["blocks", "use"]), ["blocks", "use"]) == Settings()


def test_the_due_dates_of_a_new_course_only_need_their_sign_taken_away():
    text = template(["blocks", "use"]).replace("# blocks", "blocks").replace("# use", "use")
    assert set(read(text).due) == {"blocks", "use"}


def test_the_file_of_a_new_course_names_every_setting():
    table = tomllib.loads(template(["blocks"]))
    names = {f.name for f in dataclasses.fields(Settings)} - {"zone", "notebook"}
    limits = {f.name for f in dataclasses.fields(Limits)} - {"step"}
    assert set(table) == names | {"time_zone"}
    assert set(table["limits"]) == limits | {"notebook"}


def test_a_date_alone_is_due_at_the_end_of_that_day_in_the_zone_of_the_course():
    due = read(BERLIN + "[due]\nblocks = 2026-11-02").due["blocks"]
    assert due == at("2026-11-02T23:59:59+01:00")


def test_a_due_time_without_a_zone_is_in_the_zone_of_the_course_in_summer_too():
    due = read(BERLIN + "[due]\nblocks = 2026-07-01T18:00:00").due["blocks"]
    assert due == at("2026-07-01T18:00:00+02:00")


def test_a_due_time_may_name_its_zone():
    due = read(BERLIN + "[due]\nblocks = 2026-11-02T18:00:00Z").due["blocks"]
    assert due == at("2026-11-02T18:00:00+00:00")


def test_a_due_date_in_the_zone_of_the_computer_is_a_moment_too():
    assert read("[due]\nblocks = 2026-11-02").due["blocks"].tzinfo is not None


@pytest.mark.parametrize(
    ("when", "days"),
    [("2026-11-02T17:59:59+01:00", 0), ("2026-11-02T18:10:00+01:00", 0),
     ("2026-11-02T17:11:00Z", 11 / 1440), ("2026-11-04T18:00:00", 2.0)],
)  # fmt: skip
def test_late_is_counted_in_days_behind_the_grace(when, days):
    course = read(BERLIN + "grace_minutes = 10\n[due]\nblocks = 2026-11-02T18:00:00")
    assert course.days_late("blocks", at(when)) == pytest.approx(days)


def test_nothing_is_late_without_a_due_date_or_a_time():
    course = read("[due]\nblocks = 2026-11-02")
    assert course.days_late("use", at("2030-01-01T00:00:00Z")) == 0
    assert course.days_late("blocks", None) == 0


@pytest.mark.parametrize(
    ("rule", "days", "kept"),
    [('late = "accept"', 3, 1), ('late = "refuse"', 0.01, 0), ('late = "refuse"', 0, 1),
     ("", 0.01, 0.9), ("", 1.0, 0.9), ("", 1.01, 0.8), ("", 30, 0),
     ("late_percent = 25", 2, 0.5)],
)  # fmt: skip
def test_the_late_rule(rule, days, kept):
    assert read(rule).kept(days) == pytest.approx(kept)


def test_limits_are_given_in_seconds_and_mib():
    course = read("[limits]\nseconds = 5\nmemory = 512\nprocesses = 4\nnotebook = 0.5")
    assert course.limits == Limits(seconds=5, step=10, memory=512 * MIB, processes=4)
    assert course.notebook == MIB // 2


@pytest.mark.parametrize(
    ("text", "said"),
    [("lat = 3", "did you mean late?"),
     ("colour = 3", "known are double, due,"),
     ('late = "never"', 'late = "never" is not one of "accept", "refuse", "percent"'),
     ("late = []", 'late = [] is not one of "accept"'),
     ("late_percent = 120", "late_percent = 120 is not a number from 0 to 100"),
     ("late_percent = nan", "late_percent = nan is not a number from 0 to 100"),
     ("workers = 0", "workers = 0 is not a whole number from 1 to 256"),
     ("workers = true", "workers = true is not a whole number"),
     ("workers = 1.5", "workers = 1.5 is not a whole number"),
     ("stuck_days = 2.5", "stuck_days = 2.5 is not a whole number"),
     ('fresh = "yes"', 'fresh = "yes" is not true or false'),
     ("title = 3", "title = 3 is not text in quotes"),
     ('time_zone = "Berlin"', 'time_zone = "Berlin" is not known: use a name like'),
     ('time_zone = "../../etc/passwd"', "is not known"),
     ("time_zone = 1", "time_zone = 1 is not known"),
     ("due = 2026-11-02", "[due] is a heading with lines below it"),
     ('[due]\nblocks = "2026-11-02"', 'due.blocks = "2026-11-02" is not a date'),
     ("[due]\nblocks = 18:00:00", "due.blocks = 18:00:00 is not a date"),
     ("[due]\nblock = 2026-11-02", "did you mean blocks?"),
     ("[limits]\nmemmory = 3", "did you mean memory?"),
     ("[limits]\nseconds = -1", "limits.seconds = -1 is not a number from 1 up"),
     ("[limits]\nseconds = inf", "limits.seconds = inf is not a number from 1 up"),
     ("[limits]\ntotal = 20", "limits.total = 20 is less than the 25 s"),
     ("late = accept", "words stand in quotes")],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_what_can(text, said):
    with pytest.raises(SettingsError) as caught:
        read(text, ["blocks", "use"])
    assert said in str(caught.value)


def test_an_error_names_the_file(tmp_path):
    (tmp_path / settings.FILE).write_text("late = 3", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"course\.toml: late = 3 is not one of"):
        load(tmp_path)


def test_a_folder_that_is_no_course_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="class new"):
        load(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / settings.FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load(tmp_path)


def test_late_days_are_whole_days_begun():
    days = Settings().kept(1 / math.pi)
    assert days == 0.9
