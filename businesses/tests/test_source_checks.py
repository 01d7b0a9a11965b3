"""The settings of the sources, looked at when the program starts."""

from pathlib import Path

from businesses.checks import check_csv_columns, check_source_files


def test_nothing_set_is_nothing_wrong(settings):
    settings.OSM_FILE = settings.OVERTURE_FILE = settings.CSV_FILE = settings.CSV_COLUMNS = ""
    assert check_source_files(None) == check_csv_columns(None) == []


def test_a_file_that_is_not_there_is_a_warning_that_names_it(settings, tmp_path: Path):
    settings.OSM_FILE, settings.CSV_FILE = str(tmp_path / "none.pbf"), str(tmp_path)
    settings.OVERTURE_FILE = str(tmp_path / "there.parquet")
    Path(settings.OVERTURE_FILE).touch()
    told = check_source_files(None)
    assert [message.msg.split()[0] for message in told] == ["OSM_FILE", "CSV_FILE"]
    assert not any(message.is_serious() for message in told)


def test_columns_that_mean_nothing_stop_the_start(settings):
    settings.CSV_COLUMNS = "company=Name"
    (told,) = check_csv_columns(None)
    assert told.is_serious()
    assert "'company=Name'" in told.msg
