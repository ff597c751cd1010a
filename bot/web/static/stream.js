// One stream for all tabs of this browser: browsers allow only six connections to a host. It carries only "something changed".
const ports = new Set(); let last = null, source = null;
const tell = (kind, change) => ports.forEach(port => port.postMessage({ kind, change }));
const open = () => {
  source = new EventSource("/sandbox/stream");
  source.onmessage = event => { last = event.data; tell("change", last); };
  source.onerror = () => { tell("lost"); if (source.readyState === EventSource.CLOSED) setTimeout(open, 1500); };
};
onconnect = event => {
  const port = event.ports[0]; ports.add(port);
  port.onmessage = message => { if (message.data === "bye") ports.delete(port); };
  if (!source) open(); else if (last !== null) port.postMessage({ kind: "change", change: last });
};
