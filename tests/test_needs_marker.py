"""The marker ``needs`` itself: it skips, says so last, and can be made to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of three tests on a machine that has ``sh`` but neither vectors nor ssh-keygen."""
    pytester.makeconftest(CONFTEST)
    programs = pytester.mkdir("programs")
    (programs / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(programs))
    for name in ("ASSENT_VECTORS", "ASSENT_REQUIRE", "CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.needs("sh")
        def test_with_a_shell(): pass

        @pytest.mark.needs("ssh-keygen", "vectors")
        def test_with_much(): pass

        @pytest.mark.needs("vectors")
        def test_with_vectors(): pass
        """
    )
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "no:cacheprovider", "-rs", *options)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_what_was_not_checked_is_listed_in_the_last_lines(
    suite: pytest.Pytester, options: tuple[str, ...]
) -> None:
    result = run(suite, *options)

    result.assert_outcomes(passed=1, skipped=2)
    assert result.outlines[-3:-1] == [
        "not checked: ssh-keygen absent: 1 test",
        "not checked: vectors absent: 2 tests",
    ]
    assert "1 passed, 2 skipped" in result.outlines[-1]


def test_nothing_is_listed_when_every_need_is_met(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    (suite.path / "programs" / "ssh-keygen").symlink_to("/bin/sh")
    monkeypatch.setenv("ASSENT_VECTORS", str(suite.path))

    result = run(suite)

    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*not checked*")


def test_a_vectors_folder_that_does_not_exist_is_no_vectors(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_VECTORS", str(suite.path / "nowhere"))

    result = run(suite, "-k", "with_vectors")

    result.assert_outcomes(skipped=1, deselected=2)
    result.stdout.fnmatch_lines(["*there is no folder */nowhere*"])


def test_a_required_need_fails_instead_of_skipping(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_REQUIRE", "sh, vectors")

    result = run(suite)

    # An error, because the test never began: its set-up is what failed.
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        ["*ASSENT_REQUIRE demands vectors: ssh-keygen is not on PATH; ASSENT_VECTORS names*"]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_required_need_that_nobody_knows_stops_the_run(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_REQUIRE", "ssh-keygne")

    result = run(suite)

    result.stderr.fnmatch_lines(["*ASSENT_REQUIRE: no test can need 'ssh-keygne'; known are *"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ('needs("vektors")', "*test_bad.py::test_it: no test can need 'vektors'; known are *"),
        ("needs", "*test_bad.py::test_it: needs(...) takes one or more names*"),
    ],
)
def test_a_marker_that_nobody_could_meet_stops_the_run(
    suite: pytest.Pytester, marker: str, message: str
) -> None:
    suite.makepyfile(test_bad=f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass\n")

    result = run(suite)

    result.stderr.fnmatch_lines([message])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_no_test_sees_the_files_or_keys_of_whoever_runs_it(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = str(suite.path / "real-home")
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, home)
    for name in ("ASSENT_LEDGER", "ASSENT_SIGNER", "ASSENT_NOW", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "mine")
    suite.makepyfile(
        test_eyes=f"""
        import os, pytest

        @pytest.fixture(scope="session")
        def early(): return dict(os.environ)

        def test_inside(early):
            for seen in (early, dict(os.environ)):
                assert [k for k, v in seen.items() if v in ("mine", {home!r})] == []
                for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
                    assert os.path.isdir(seen[name])
                assert os.stat(seen["XDG_RUNTIME_DIR"]).st_mode & 0o777 == 0o700
            assert early["HOME"] != os.environ["HOME"]
        """
    )

    run(suite, "-k", "inside").assert_outcomes(passed=1, deselected=3)
