"""A web server as the author of an agent runs it: tools (SWAIG) and the report after the call, with basic authentication."""
import base64
import http.server
import json
import threading
import time


class WebHooks:
    """Keeps every request; answers `/tools/<name>` with what `tools[name](body)` returns and everything else with `{}`."""

    def __init__(self, tools=None, user="agent", password="secret"):
        self.tools, self.requests = tools or {}, []
        self._expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._arrived = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                authorised = self.headers.get("Authorization") == outer._expected
                body = json.loads(raw) if raw else None
                name = self.path.split("?")[0].rsplit("/", 1)[-1]
                with outer._arrived:
                    outer.requests.append({"path": self.path, "authorised": authorised, "body": body, "at": time.time(),
                                           "headers": dict(self.headers)})
                    outer._arrived.notify_all()
                tool = outer.tools.get(name)
                answer = json.dumps(tool(body) if tool else {}).encode()
                self.send_response(200 if authorised else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, path, timeout):
        """The first request to that path, or None."""
        with self._arrived:
            self._arrived.wait_for(lambda: any(r["path"] == path for r in self.requests), timeout)
            return next((r for r in self.requests if r["path"] == path), None)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
