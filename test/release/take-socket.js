// Loaded into the services of a release from before sockets were handed down: they listen on the one that the supervisor gave them in place of their port.
import { Server } from 'node:net';

const { CULPRIT_LISTEN_FD: fd, CULPRIT_PORT: web, CULPRIT_INGEST_PORT: ingest } = process.env;
const listen = Server.prototype.listen;

if (fd !== undefined) {
  Server.prototype.listen = function listenOnGivenSocket(options, ...rest) {
    const isOurs = [web, ingest].includes(String(options?.port));
    return listen.call(this, isOurs ? { fd: Number(fd) } : options, ...rest);
  };
}
