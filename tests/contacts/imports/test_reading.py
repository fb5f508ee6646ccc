"""Files as people have them: every encoding, delimiter and accident."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.columns import Columns
from contacts.imports import mapping, records, sniffing


@pytest.mark.parametrize(
    ("text", "coding", "found"),
    [
        ("email,name\na@x.com,Alice\n", "ascii", "utf-8"),
        ("email,name\na@x.com,Zażółć gęślą\n", "utf-8", "utf-8"),
        ("email,name\na@x.com,Zażółć\n", "utf-8-sig", "utf-8-sig"),
        ("email,name\na@x.com,Zażółć gęślą jaźń\n", "cp1250", "cp1250"),
        ("email,name\na@x.com,Łódź\n", "cp1250", "cp1250"),
        ("email,name\na@x.com,Jiří Novák, Šárka\n", "cp1250", "cp1250"),
        ("email,name\na@x.com,José Muñoz, Müller, Åsa\n", "latin-1", "latin-1"),
        ("email,name\na@x.com,Café “Été” – 5\n", "cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found(text, coding, found):
    assert sniffing.encoding(io.BytesIO(text.encode(coding))) == found


def test_a_few_broken_lines_leave_a_file_utf8():
    good = "".join(f"p{n}@example.com,Zażółć\n" for n in range(20)).encode()
    assert sniffing.encoding(io.BytesIO(b"email,name\n" + good + b"x@example.com,\xb3\xf3d\xbc\n")) == "utf-8"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("email,name\na,b\n", ","),
        ("email;name\na;b,c\nd;e,f\n", ";"),
        ("email\tname\na\tb\n", "\t"),
        ("email|name\na|b\n", "|"),
        ("email\na@example.com\n", ","),
        ('email;note\na;"x,y,z"\nb;"1;2"\n', ";"),
    ],
)
def test_the_delimiter_is_found(text, found):
    assert sniffing.delimiter(io.BytesIO(text.encode()), "utf-8") == found


def read(content, delimiter=","):
    return list(records.read(io.BytesIO(content), delimiter, 0, 0))


def test_records_know_their_bytes_and_lines():
    content = b'a,b\r\n"x\r\ny",2\n\n"q""q",3'
    found = read(content)
    assert [(record.line, record.raw, record.lines) for record in found] == [
        (1, b"a,b\r\n", 1),
        (2, b'"x\r\ny",2\n', 2),
        (4, b"\n", 1),
        (5, b'"q""q",3', 1),
    ]
    assert found[-1].end == len(content)
    assert records.cells(found[1], "utf-8", ",") == ["x\r\ny", "2"]
    for record in found[:-1]:
        rest = list(records.read(io.BytesIO(content), ",", record.end, record.line + record.lines - 1))
        assert rest == found[found.index(record) + 1 :], "reading goes on anywhere"


def test_a_quotation_mark_never_closed_costs_one_line():
    found = read(b'a,"b\nc,d\ne,f\n')
    assert [(record.line, bool(record.problem)) for record in found] == [(1, True), (2, False), (3, False)]


def test_an_endless_line_costs_little_memory():
    found = read(b"x" * 300_000 + b"\nnext\n")
    assert [(record.line, len(record.raw), bool(record.problem)) for record in found] == [
        (1, 65_536, True),
        (2, 5, False),
    ]


@given(
    rows=st.lists(
        st.lists(st.text(st.sampled_from('ab",;\n\r\t é'), max_size=6), min_size=2, max_size=4), min_size=1, max_size=8
    ),
    delimiter=st.sampled_from(",;\t"),
)
def test_whatever_csv_writes_is_read_back_record_by_record(rows, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    content = text.getvalue().encode()
    found = read(content, delimiter)
    assert b"".join(record.raw for record in found) == content
    assert [records.cells(record, "utf-8", delimiter) for record in found] == rows


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_to_their_end(content):
    found = read(content)
    assert b"".join(record.raw for record in found) == content
    for record in found:
        try:
            records.cells(record, "utf-8", ",")
        except records.BadRecord as error:
            assert str(error).endswith(".")


def test_headings_are_understood(own_fields):
    headings = ["E-mail", "First Name", "Nazwisko", "Telefon", "Age", "company", "e-mail", "?", ""]
    targets = [entry["to"] for entry in mapping.suggest(headings, Columns.load())]
    assert targets == ["email", "first_name", "last_name", "phone", "age", "company", "", "", ""]


def test_cells_guarded_against_spreadsheets_lose_their_guard():
    found = mapping.meaning(["'=1+1", "'quoted'", " "], [{"column": "a", "to": "first_name"},
                                                         {"column": "b", "to": "last_name"},
                                                         {"column": "c", "to": "language"}])  # fmt: skip
    assert found.values == {"first_name": "=1+1", "last_name": "'quoted'"}
