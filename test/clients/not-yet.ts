/**
 * What clients cannot do here yet. Whatever fails and is not named here is a failure; what is named
 * and works is said aloud, to be taken out.
 */

/** Chapters of `python/story.py`. */
const python: readonly string[] = [
  'activated and not',
  'levels of logs',
  'nodes',
  'storage pools',
  'resource groups',
  'external files',
  'remotes',
  'schedules',
  'reports',
  'a resource group',
  'nodes that are emptied',
]

/** Methods of golinstor. */
const golinstor: readonly string[] = [
  'Nodes.Reconnect',
  'Controller.GetSatelliteConfig',
  'Controller.ModifySatelliteConfig',
  'ResourceGroups.QuerySizeInfo',
  'Resources.QueryMaxVolumeSize',
  'Resources.Activate',
  'Resources.GetConnections',
  'Controller.ModifyExternalFile',
  'Controller.GetExternalFile',
  'Controller.CheckExternalFile',
  'ResourceDefinitions.AttachExternalFile',
  'Controller.GetErrorReports',
  'Controller.GetErrorReportsSince',
  'Controller.DeleteErrorReports',
  'Controller.CreateSOSReport',
  'Controller.DownloadSOSReport',
  'Remote.CreateS3',
  'Remote.ModifyS3',
  'Remote.CreateLinstor',
  'Remote.ModifyLinstor',
  'Remote.GetAll',
  'Backup.GetAll',
  'Backup.Info',
  'Nodes.Evacuate',
  'Nodes.Restore',
  'Nodes.Evict',
]

export const notYet = { python, golinstor } as const
