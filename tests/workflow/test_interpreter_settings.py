from __future__ import annotations

from datetime import date

from lockplan.workflow.values import Unknown
from tests.workflow.interpreting import names, read

LOAD = """
    import yaml
    with open('conf.yml') as f:
        found = yaml.safe_load(f)
"""


def test_yaml_of_a_file_beside_the_code_is_read_with_anchors_and_merges(tmp_path):
    conf = """
        base: &base {conn: one, day: 2024-01-02}
        job:
          <<: *base
          conn: two
          conn: three
    """
    found = names(tmp_path, LOAD, files={"dags/conf.yml": conf})["found"]
    assert found["job"] == {"conn": "three", "day": date(2024, 1, 2)}


def test_all_documents_of_a_yaml_text_are_read(tmp_path):
    code = "import yaml\nfound = [d['a'] for d in yaml.safe_load_all('a: 1\\n---\\na: 2\\n')]\n"
    assert names(tmp_path, code)["found"] == [1, 2]


def test_a_yaml_tag_is_unknown_and_never_run(tmp_path):
    mark = tmp_path / "ran"
    conf = f"a: !!python/object/apply:os.system ['touch {mark}']\nb: !ENV 'HOME'\nc: 3\n"
    code = LOAD.replace("safe_load(f)", "load(f, Loader=yaml.UnsafeLoader)")
    found = names(tmp_path, code, files={"dags/conf.yml": conf})["found"]
    assert not mark.exists()
    assert isinstance(found["a"], Unknown)
    assert "!ENV" in found["b"].reason
    assert found["c"] == 3


def test_yaml_that_does_not_parse_is_skipped_with_its_line(tmp_path):
    reading = read(tmp_path, LOAD, {"dags/conf.yml": "a: 1\nb: [1, 2\nc: 3\n"})
    assert isinstance(reading.module.names["found"], Unknown)
    assert [(s.where.path, s.where.line) for s in reading.interpreter.skipped] == [("conf.yml", 3)]


def test_yaml_whose_aliases_explode_is_not_followed(tmp_path):
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    conf = "\n".join(["a0: &a0 [x]", *levels])
    reading = read(tmp_path, LOAD, {"dags/conf.yml": conf})
    assert "aliases" in reading.interpreter.skipped[0].reason


def test_yaml_nested_too_deep_is_skipped(tmp_path):
    reading = read(tmp_path, LOAD, {"dags/conf.yml": "[" * 100_000})
    assert len(reading.interpreter.skipped) == 1


INI = "[DEFAULT]\nroot = /data\n[db]\nname = shop\npath = %(root)s/%(name)s\nport = 3306\n"


def test_settings_of_an_ini_file_are_known(tmp_path):
    code = """
        import configparser
        c = configparser.ConfigParser()
        c.read('db.ini')
        found = [c['db']['path'], c.getint('db', 'port'), c.get('db', 'x', fallback='y')]
        found += c.sections()
    """
    found = names(tmp_path, code, files={"dags/db.ini": INI})["found"]
    assert found == ["/data/shop", 3306, "y", "db"]


def test_settings_of_a_file_that_is_not_there_are_unknown(tmp_path):
    code = """
        import configparser
        c = configparser.ConfigParser()
        c.read('/etc/other.ini')
        found = c.get('db', 'name', fallback='y')
    """
    assert "/etc/other.ini" in names(tmp_path, code)["found"].reason


def test_toml_is_read(tmp_path):
    code = (
        "import tomllib\nwith open('c.toml', 'rb') as f:\n    found = tomllib.load(f)['a']['b']\n"
    )
    assert names(tmp_path, code, files={"dags/c.toml": "[a]\nb = 'x'\n"})["found"] == "x"


def test_a_folder_is_no_file(tmp_path):
    code = """
        from pathlib import Path
        found = sorted(p.name for p in Path(__file__).parent.iterdir() if p.is_dir())
    """
    assert names(tmp_path, code, files={"dags/sub/x.sql": "", "dags/y.sql": ""})["found"] == ["sub"]
