import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { serverTimeZone, type ServerDefinition, type Settings } from './definition.ts'
import { freePort } from './local/free-port.ts'
import type { RunningServer } from './server.ts'
import { untilItAnswers } from './until-it-answers.ts'

/** Whether a Docker daemon answers. The command line knows the contexts that it may be reached by. */
export async function isDockerThere(): Promise<boolean> {
  const ask = promisify(execFile)('docker', ['version', '--format={{.Server.Version}}'], {
    timeout: 10_000,
  })
  return ask.then(
    () => true,
    () => false,
  )
}

/** Starts a container, which testcontainers ends after this process at the latest. */
export async function startContainer(
  { container, url, ping }: ServerDefinition,
  password: string,
  settings: Settings,
): Promise<RunningServer> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers')
  const started = await new GenericContainer(container.image)
    .withEnvironment({ ...container.environment(password), TZ: serverTimeZone })
    .withCommand(container.command(settings))
    // A port that Docker chose would be another one after a restart.
    .withExposedPorts({ container: container.port, host: await freePort() })
    .start()
  const address = { host: started.getHost(), port: started.getMappedPort(container.port), password }
  const itsUrl = url(address)
  const untilReady = async () => {
    await untilItAnswers(
      () => ping(itsUrl),
      () => false,
    )
  }

  await untilReady()
  return {
    url: itsUrl,
    async kill(signal) {
      const runtime = await getContainerRuntimeClient()
      const running = runtime.container.getById(started.getId())
      await running.kill({ signal })
      await running.wait()
    },
    async restart() {
      await started.restart()
      await untilReady()
    },
    async stop() {
      await started.stop()
    },
  }
}
