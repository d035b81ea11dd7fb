"""The composition root: builds every room from a Config and runs it. Only `cli` imports it.

house    what a command needs: store, models, deciders, reader
desk     the source desk of the chat room
ingest   files and pages by hand, through the same stages as a feed's
service  `newsbot run`: platforms, stages, one TaskGroup
"""
