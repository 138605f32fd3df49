"""free_port.py PORT: prints this port of 127.0.0.1 if nobody listens there, else another one."""

import socket
import sys

for port in (int(sys.argv[1]), 0):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            s.listen()
        except OSError:
            continue
        print(s.getsockname()[1])
        break
