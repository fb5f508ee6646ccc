"""The benchmark (`make bench`): the product's own runner and outbox, beside one task per step and beside pure SQL."""
