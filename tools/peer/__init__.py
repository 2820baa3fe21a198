"""What stands on the other side of Parley in the demo and the tests: a RELAY program, a web server for tools and reports, the
processes of a server and a caller. Only Debian's python3-websockets and the standard library."""
