"""The engine's part of the REST API: runs, paths, counts, refusals, enrolment. Names as others rely on."""
