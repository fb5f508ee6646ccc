"""The demo: a small shop's customers, their purchases, one living workflow, and a clock to move. DEMO=1 alone.

people.py, names.py   who they are: made up by a fixed seed
cdnow.py              what they bought: real purchases, see README.md
accounts.py           the three log-ins
shop.py               the workspace, its lists and its workflow
arrivals.py           letting people in, through the doors that a real shop would use
visitor.py            opening and clicking what they were sent, through the public links
history.py            the two weeks before today
advance.py, api.py    letting days pass
"""
