"""Claim a due row, do one short step of one stage, commit the result and the next due time together.

    sources       --poll-->     articles are stored
    articles      --read-->     passages, vectors, a place in a story
    stories       --write-->    a summary; a delivery for every live subscription that wants it
    subscriptions --digest-->   a delivery with what happened since the last one
    inbox         --handle-->   a reply's deliveries
    deliveries    --deliver-->  the platform's acknowledgement

Models and platforms are handed in. Nothing here keeps state that a restart would miss.
"""
