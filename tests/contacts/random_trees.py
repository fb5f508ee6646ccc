"""Random conditions over all facts, for `worlds`: Hypothesis draws and shrinks them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from contacts.conditions import ARRIVAL
from tests.contacts.worlds import DATES, DURATIONS, KEYS, MOMENTS, PATTERNS, TEXTS, VALUES

some = st.sampled_from
maybe_within = st.one_of(st.just({}), some(DURATIONS).map(lambda text: {"within": text}))
maybe_since = st.one_of(
    st.just({}), st.just({}), some(["run", "n1", "n2", "n3", "w1", "gone", ARRIVAL]).map(lambda node: {"since": node})
)
windows = st.tuples(maybe_within, maybe_since).map(lambda both: both[0] | both[1])

comparisons = st.one_of(
    st.builds(lambda op: {"op": op}, some(["set", "not_set"])),
    st.builds(
        lambda op, value: {"op": op, "value": value},
        some(["is", "is_not"]),
        some([value for value in VALUES if isinstance(value, str | int | float) and value != "" and value != 10**20]),
    ),
    st.builds(
        lambda op, value: {"op": op, "value": value},
        some(["contains", "starts_with", "ends_with"]),
        some([text for text in TEXTS if text]),
    ),
    st.builds(
        lambda op, value: {"op": op, "value": value}, some(["gt", "gte", "lt", "lte"]), some([0, 1, 1.5, 10, -1])
    ),
    st.builds(lambda low, by: {"op": "between", "value": low, "to": low + by}, some([0, 1, 1.5]), some([0, 9, 98.5])),
    st.builds(
        lambda values: {"op": "in", "value": values},
        st.lists(some(["anna", "ÉTÉ", "łukasz", 1, 1.5, "1"]), min_size=1, max_size=3),
    ),
    st.builds(
        lambda op, value: {"op": op, "value": value},
        some(["before", "after"]),
        some([*DATES, *MOMENTS, "P1D", "-P30D", "+P1M", "-PT1H", "2026-11-22T10:00:00+01:00"]),
    ),
    st.builds(lambda op, value: {"op": op, "value": value}, some(["within_last", "within_next"]), some(DURATIONS)),
)
often = st.one_of(st.just({}), some([1, 2, 3]).map(lambda n: {"at_least": n}))
filters = st.one_of(
    st.just({}),
    st.lists(
        st.builds(lambda key, by: {"property": key} | by, some(["value", "seats", "url"]), comparisons), max_size=2
    ).map(lambda found: {"where": found}),
)
which = st.one_of(
    some(["n1", "n1", "n2", "n3", "gone"]).map(lambda node: {"node": node}),
    st.just({"any": True}),
    st.just({"content": -1}),
)
BUILT_IN = ["first_name", "last_name", "email", "phone", "external_id", "language", "time_zone", "score", "created_at"]


def fact(name: str, *parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def together(found: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        leaf: dict[str, Any] = {"fact": name}
        for part in found:
            leaf |= part
        return leaf

    return st.tuples(*parts).map(together)


def messages(leaf: dict[str, Any]) -> dict[str, Any]:
    """A link can only be clicked."""
    if leaf["did"] != "clicked":
        leaf.pop("link", None)
    return leaf


leaves = st.one_of(
    fact("email_valid"),
    fact("phone_valid"),
    fact("field", some([*BUILT_IN, *KEYS, *KEYS]).map(lambda key: {"field": key}), comparisons),
    fact(
        "consent",
        some(["email", "sms", "newsletter", "gone"]).map(lambda to: {"subject": to}),
        some(["in", "out", "unknown"]).map(lambda state: {"state": state}),
    ),
    fact("list", some(["leads", "news", "gone"]).map(lambda slug: {"is": slug})),
    fact(
        "tag",
        some(["VIP", "vip", " STRASSE ", "gone"]).map(lambda name: {"is": name}),
        some(["anyone", "person", "workflow"]).map(lambda by: {"by": by}),
        windows,
    ),
    fact(
        "score",
        some(
            [
                {"op": "gte", "value": 1},
                {"op": "lt", "value": 10},
                {"op": "is", "value": 0},
                {"op": "between", "value": 0, "to": 10},
            ]
        ),
    ),
    fact(
        "event",
        some(["booked", "booked", "purchase", "gone"]).map(lambda name: {"name": name}),
        filters,
        often,
        windows,
    ),
    fact("purchase", some([{}, {"value_from": 1}, {"value_from": 0, "value_to": 10}]), filters, often, windows),
    fact("visited", some(PATTERNS).map(lambda url: {"url": url}), some([{}, {"seconds": 5}]), often, windows),
    fact(
        "now",
        some(
            [
                {"weekdays": [7]},
                {"weekdays": [1, 2]},
                {"from": "08:00", "to": "11:00"},
                {"from": "22:00", "to": "06:00"},
                {"first": "2026-03-29"},
                {"last": "2026-11-22"},
            ]
        ),
    ),
    fact("app", some([{}, {"app": "Shop"}, {"app": "gone"}])),
    fact("push", some(["web_push", "mobile_push"]).map(lambda channel: {"channel": channel})),
    fact(
        "survey",
        some([{}, {"survey": "NPS"}]),
        some([{"op": "gte", "value": 9}, {"op": "lt", "value": 1.5}, {"op": "between", "value": 0, "to": 6}]),
        windows,
    ),
    fact(
        "onsite",
        some(["shown", "clicked", "dismissed", "chat_started"]).map(lambda did: {"did": did}),
        some([{}, {"item": "sale"}]),
        often,
        windows,
    ),
    fact(
        "workflow",
        some([1, 2]).map(lambda pk: {"is": pk}),
        some([{"did": "inside"}, {"did": "finished"}, {"did": "finished", "outcome": "completed"}]),
        windows,
    ),
    fact(
        "step",
        some(["w1", "n1", "gone"]).map(lambda node: {"node": node}),
        some(["next", "yes", "accepted", "skipped"]).map(lambda way: {"is": way}),
    ),
    fact("segment", some(["S0", "S1", "S2", "gone"]).map(lambda name: {"is": name})),
    *[
        fact(
            "message",
            which,
            some(["sent", "delivered", "opened", "opened", "clicked", "clicked", "bounced", "replied", "skipped"]).map(
                lambda did: {"did": did}
            ),
            some([{}, {}, {"machines": True}]),
            some([{}, {}, {"link": "https://shop.example/*"}, {"link": "*"}]),
            windows,
        ).map(messages)
    ]
    * 3,
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, parts: {kind: parts}, some(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)
