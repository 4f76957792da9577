"""HTTP: one file a resource; parses what is asked, calls the workspace, words the answer.

Knows statuses, headers and who is asking. Does not know how anything is answered.
"""
