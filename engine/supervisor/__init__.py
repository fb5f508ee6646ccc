"""Web, cluster and pulse as one: started together, watched, ended together. `manage.py run` is the way in.

supervise.py   the loop: starts, watches, restarts, stops
child.py       one supervised process and what is left of its group
heart.py       the heartbeat through the queue
leash.py       ties a process to its parent's life
guardian.py    ends what a killed supervisor leaves behind
web.py         the web server on a socket that the supervisor holds
screen.py      lines with the speaker's name in front
"""
