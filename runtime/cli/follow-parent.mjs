// Preloaded into main.ts: when the process that started it is gone, however it ended, this one is asked to stop as well,
// since its own process group keeps it out of whatever ended that one.
if (process.channel !== undefined) {
  process.channel.unref()
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
