/**
 * What clients cannot do here yet. Whatever fails and is not named here is a failure; what is named
 * and works is said aloud, to be taken out.
 */

/** Chapters of `python/story.py`. */
const python: readonly string[] = ['levels of logs', 'activated and not', 'reports']

/** Methods of golinstor. */
const golinstor: readonly string[] = [
  'Controller.GetSatelliteConfig',
  'Controller.ModifySatelliteConfig',
  'Resources.Activate',
  'Controller.CreateSOSReport',
  'Controller.DownloadSOSReport',
  'Nodes.Evict',
]

export const notYet = { python, golinstor } as const
