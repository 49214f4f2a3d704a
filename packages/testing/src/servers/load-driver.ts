/**
 * Drivers are optional: only who asks for a server needs its driver, and no bundle should hold it.
 * `Driver` is the small part of it that is used here.
 */
export async function loadDriver<Driver>(name: string): Promise<Driver> {
  return (await import(/* @vite-ignore */ name)) as Driver
}
