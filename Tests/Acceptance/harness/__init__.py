"""What the acceptance tests share: the server as a process, clients that speak HTTP/1.1 themselves, and
/proc.

Black box: nothing here is shared with the server, so that a mistake cannot hide in both.
"""
