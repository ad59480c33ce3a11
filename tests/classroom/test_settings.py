"""What a teacher can set, and what is said when a setting cannot be used."""

import dataclasses
import datetime
import math
import pathlib
import tomllib

import pytest

from resnet_edu.classroom import settings
from resnet_edu.classroom.assignments import assignments
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
     ('[due]\nblocks = "2.11.2026"', 'due.blocks = "2.11.2026" is not a date: it is written 2027'),
     ("[due]\nblocks = 18:00:00", "due.blocks = 18:00:00 is not a date"),
     ("[due]\nblocks = 28.02.2027", "line 2 cannot be read: blocks = 28.02.2027: a date is written "
      '2027-02-28, or with a time "2027-02-28 23:59"'),
     ("[due]\nblocks = 2027-02-28 23:59", "line 2 cannot be read"),
     ("[due]\nblocks = 2027-02-30", "line 2 cannot be read: blocks = 2027-02-30: there is no such"),
     ("[due]\nblocks = 0001-01-01T00:00:00", "that year cannot be used"),
     ("[limits]\npartial = false", "there is no limit named 'partial': its line belongs at the"),
     ("[limits]\npartal = false", "did you mean partial? its line belongs at the"),
     ("[due]\npartial = false", "its line belongs at the top of the file"),
     ("memory = 3", "named 'memory': its line belongs below the heading [limits]"),
     ("blocks = 2027-02-28", "its line belongs below the heading [due]"),
     ("grace_minutes = 1e13", "grace_minutes = 10000000000000.0 is not a number from 0 to 525600: "
      "write for example grace_minutes = 10"),
     *[(f"grace_minutes = {given}", f"grace_minutes = {given} is not a number from 0 to 525600")
       for given in ("-1", '"10"', "nan", "inf", "true")],
     ("grace_minutes = 10,5", "a number is written with a point: grace_minutes = 10.5"),
     ("grace_minutes = 10 minutes", "line 1 cannot be read: grace_minutes = 10 minutes"),
     ("partial = False  # for this year", "write partial = false"),
     ("title = [\n\n", "line 1 cannot be read: title = ["),
     ('title = "ResNet', "the quote at its end is missing"),
     ('late = "accept"\nlate = "refuse"', "the same stands further up"),
     ("my course", "a line is name = value"),
     ("[extra]\nproject = -1", "extra.project = -1 is not a number from 0 to 100000"),
     ("[extra]\nblocks = 5", "extra.blocks: blocks is an assignment"),
     ("[extra]\nmemory = 5", "its line belongs below the heading [limits]"),
     ("[extra]\nproject = 5\n[due]\nproject = 2027-02-28", "project is a column of your own"),
     ("[limits]\nmemory = 1e300", "limits.memory = 1e+300 is not a number from 1 to 1048576"),
     ("[due]\nblock = 2026-11-02", "did you mean blocks?"),
     ("[limits]\nmemmory = 3", "did you mean memory?"),
     ("[limits]\nseconds = -1", "limits.seconds = -1 is not a number from 1 to 86400"),
     ("[limits]\nseconds = inf", "limits.seconds = inf is not a number from 1 to 86400"),
     ("[limits]\ntotal = 20", "limits.total = 20 is less than the 25 s"),
     ("late = accept", "words stand in quotes")],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_what_can(text, said):
    with pytest.raises(SettingsError) as caught:
        read(text, ["blocks", "use"])
    assert said in str(caught.value)


def test_a_due_date_may_stand_in_quotes():
    for text, due in (("2026-11-02", "2026-11-02T23:59:59"), ("2026-11-02 18:00", "2026-11-02T18"),
                      ("2026-11-02T18:00:00+01:00", "2026-11-02T18")):  # fmt: skip
        assert read(f'{BERLIN}[due]\nblocks = "{text}"').due["blocks"] == at(f"{due}+01:00")


def test_columns_of_the_teacher_s_own_have_a_maximum():
    text = '[extra]\nproject = 10\nnumber = 2.5\n"oral exam" = 0'
    assert read(text, ["blocks", "numbers"]).extra == {"project": 10, "number": 2.5, "oral exam": 0}


def test_the_most_that_may_be_given_can_be_used():
    text = "".join(f"{name} = {settings.MOST[name]}\n" for name in ("grace_minutes", "stuck_days"))
    course = read(f"{text}[due]\nblocks = 2026-11-02\n[limits]\n"
                  + "".join(f"{n} = {settings.MOST[n]}\n" for n in ("total", "memory", "notebook")))
    assert course.days_late("blocks", at("2030-01-01T00:00:00Z")) > 1000


def test_a_mark_that_an_editor_puts_before_the_text_is_no_error(tmp_path):
    (tmp_path / settings.FILE).write_bytes(b'\xef\xbb\xbftitle = "Ours"\r\nlate = "accept"\r\n')
    assert (load(tmp_path).title, load(tmp_path).late) == ("Ours", "accept")


def test_the_teaching_page_shows_what_is_said_of_slips():
    page = pathlib.Path(__file__).parents[2] / "docs" / "teaching.md"
    known = ["blocks", "network", "numbers", "use"]
    new, said = template(known), []
    for old, text in (('late = "percent"', 'late = "never"'), ('late = "percent"', "lat = 3"),
                      ("[limits]", "[limits]\npartial = false"),
                      ("# use     = 2026-12-31", "use = 28.02.2027"),
                      ("grace_minutes = 10", "grace_minutes = -1")):  # fmt: skip
        assert old in new
        with pytest.raises(SettingsError) as caught:
            read(new.replace(old, text), known)
        said.append(f"resnet_edu: course.toml: {caught.value}")
    assert "```text\n{}\n```".format("\n".join(said)) in page.read_text(encoding="utf-8")


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


@pytest.mark.parametrize(("value", "said"), [
    ('"conv3x3"', 'exercises.blocks = "conv3x3" is not a list of exercises: write for example '
                  'blocks = ["conv3x3", "conv1x1"]'),
    ("[]", "is not a list of exercises"), ("[1]", "is not a list of exercises"),
    ('["conv3x4"]', "there is no exercise of blocks named 'conv3x4': did you mean conv3x3?"),
])  # fmt: skip
def test_exercises_that_cannot_be_chosen_are_told(value, said):
    with pytest.raises(SettingsError) as caught:
        read(f"[exercises]\nblocks = {value}", assignments())
    assert said in str(caught.value)


def test_chosen_exercises_are_read():
    text = '[exercises]\nblocks = ["conv1x1", "conv3x3", "conv1x1"]'
    assert read(text, assignments()).exercises == {"blocks": ("conv1x1", "conv3x3")}
    with pytest.raises(SettingsError, match=r"no assignment in \[exercises\] named 'block'"):
        read('[exercises]\nblock = ["conv1x1"]', assignments())
