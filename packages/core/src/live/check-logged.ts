import type { LogSettings } from '../contract/log-settings.ts'
import { WherryError } from '../errors/wherry-error.ts'
import type { CollectionDefinition } from '../schema/definition.ts'

/** Throws Unsupported where nothing of a collection is in the log, so that nothing of it can be live. */
export function checkLogged(
  { capture }: LogSettings,
  collections: Iterable<CollectionDefinition>,
): void {
  for (const collection of collections) {
    if (capture.get(collection) !== 'off') continue
    throw new WherryError(
      'Unsupported',
      `'${collection.name}' has capture 'off', so nothing tells of its changes and it cannot be live; ` +
        `give it 'triggers' or 'service' in createDataService()`,
      { collection: collection.name },
    )
  }
}
