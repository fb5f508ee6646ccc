"""The reference model: what a workflow means, in plain Python, one contact at a time.

Written from the workflow language and docs/, not from the engine; it imports nothing of the product. `Trellis` has the same
doors as the product (an event, a tag, a publish, the clock) and keeps the same record.
"""
