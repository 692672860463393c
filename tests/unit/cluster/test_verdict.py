from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import TopologyError


def test_a_report_names_the_root_cause_first_and_keeps_the_traceback() -> None:
    verdict = Verdict(1, "ValueError: boom", host="algo-1", traceback="Traceback ...\nValueError: boom")

    assert verdict.report().splitlines() == [
        "ValueError: boom",
        "  host: algo-1",
        "Traceback ...",
        "ValueError: boom",
    ]


def test_one_of_our_errors_keeps_its_exit_code_and_its_four_parts() -> None:
    verdict = Verdict.of_error(TopologyError("two heads", where="hosts", expected="one", do="remove one"), "algo-2")

    assert verdict.exit_code == TopologyError.exit_code
    assert verdict.reason == "two heads"
    assert verdict.summary().splitlines() == [
        "two heads",
        "  host: algo-2",
        "  where: hosts",
        "  expected: one",
        "  do: remove one",
    ]
