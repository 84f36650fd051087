// node with-sandbox.mjs COMMAND ARGS...: runs COMMAND with its own sandbox, whose address is the last argument.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const program = process.env.COUNTERSIGN_BIN
if (!program) throw new Error('COUNTERSIGN_BIN must name the countersign program; `make contract` sets it')

/** Starts a sandbox with practically no limits. Returns its address and a function that stops it. */
export async function startSandbox(...more) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  const limits = ['--requests-per-minute', '100000000', '--quota-per-minute', '100000000', '--retry-scale', '0.01']
  const args = ['sandbox', '--listen', `127.0.0.1:${port}`, '--inquiries', '80', ...limits, ...more]
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  child.on('error', (error) => console.error(`${program} cannot be started: ${error.message}`))
  const url = `http://127.0.0.1:${port}`
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  for (let tries = 0; ; tries += 1) {
    if (child.exitCode !== null || tries > 300) throw new Error('the sandbox did not start')
    if (await fetch(`${url}/sandbox/routes`).then((answer) => answer.ok, () => false)) break
    await sleep(50)
  }
  return { url, port, end }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [command, ...args] = process.argv.slice(2)
  const sandbox = await startSandbox()
  const child = spawn(command, [...args, sandbox.url], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  sandbox.end()
  process.exit(code ?? 1)
}
