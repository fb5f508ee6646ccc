"""The time machine: one contact, real or invented, through a draft on a simulated clock. Nothing is written, nothing is sent.

sandbox     a private database in memory, in a thread of its own
rows        what comes along from the real one
asked       what is to be tried: who, from when, what happens at waits, which way at splits
draft       the draft as a program, broken steps as places where it stops
happenings  opens, clicks, purchases ... done through the same doors as in life
drive       lets the engine work and the clock jump from due moment to due moment
answer      the path with its whys, the messages as written, the choices there were, what changed
"""

from engine.simulate.asked import Asked, Choice, Event, Happening, Persona
from engine.simulate.simulation import simulate

__all__ = ["Asked", "Choice", "Event", "Happening", "Persona", "simulate"]
