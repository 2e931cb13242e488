/*
 * Loaded into each child of `linewatt up` before its own code. When `up` itself is killed, nobody is left to stop its
 * children and the ports stay taken; the closed channel tells them to stop by themselves.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

export {};
