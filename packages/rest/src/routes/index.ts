/** The table of routes: a file for each noun, all of them here. */
import type { Route } from '../route.ts'
import { activityRoutes } from './activity.ts'
import { authTokenRoutes } from './auth-token.ts'
import { backupRoutes } from './backup.ts'
import { bisectRoutes } from './bisect.ts'
import { cloneRoutes } from './clone.ts'
import { configRoutes } from './config.ts'
import { connectionRoutes } from './connection.ts'
import { controllerRoutes } from './controller.ts'
import { encryptionRoutes } from './encryption.ts'
import { errorReportRoutes } from './error-report.ts'
import { eventRoutes } from './events.ts'
import { externalFileRoutes } from './external-file.ts'
import { healthRoutes } from './health.ts'
import { keyValueStoreRoutes } from './key-value-store.ts'
import { makeAvailableRoutes } from './make-available.ts'
import { metricsRoutes } from './metrics.ts'
import { netInterfaceRoutes } from './net-interface.ts'
import { nodeRoutes } from './node.ts'
import { nodeEvacuateRoutes } from './node-evacuate.ts'
import { ownRoutes } from './own.ts'
import { physicalStorageRoutes } from './physical-storage.ts'
import { propertyInfoRoutes } from './property-info.ts'
import { refusedRoutes } from './refused.ts'
import { remoteRoutes } from './remote.ts'
import { resourceRoutes } from './resource.ts'
import { resourceCreateRoutes } from './resource-create.ts'
import { resourceDefinitionRoutes } from './resource-definition.ts'
import { resourceGroupRoutes } from './resource-group.ts'
import { scheduleRoutes } from './schedule.ts'
import { sizeQueryRoutes } from './size-query.ts'
import { snapshotRoutes } from './snapshot.ts'
import { snapshotRestoreRoutes } from './snapshot-restore.ts'
import { sosReportRoutes } from './sos-report.ts'
import { spawnRoutes } from './spawn.ts'
import { statsRoutes } from './stats.ts'
import { storagePoolRoutes } from './storage-pool.ts'
import { storagePoolDefinitionRoutes } from './storage-pool-definition.ts'
import { toggleDiskRoutes } from './toggle-disk.ts'
import { volumeRoutes } from './volume.ts'
import { volumeDefinitionRoutes } from './volume-definition.ts'
import { volumeGroupRoutes } from './volume-group.ts'

export const routes: readonly Route[] = [
  ...healthRoutes,
  ...controllerRoutes,
  ...authTokenRoutes,
  ...bisectRoutes,
  ...configRoutes,
  ...nodeRoutes,
  ...nodeEvacuateRoutes,
  ...netInterfaceRoutes,
  ...storagePoolRoutes,
  ...storagePoolDefinitionRoutes,
  ...keyValueStoreRoutes,
  ...externalFileRoutes,
  ...remoteRoutes,
  ...scheduleRoutes,
  ...backupRoutes,
  ...errorReportRoutes,
  ...sosReportRoutes,
  ...snapshotRoutes,
  ...sizeQueryRoutes,
  ...snapshotRestoreRoutes,
  ...cloneRoutes,
  ...makeAvailableRoutes,
  ...activityRoutes,
  ...resourceRoutes,
  ...resourceCreateRoutes,
  ...resourceDefinitionRoutes,
  ...resourceGroupRoutes,
  ...spawnRoutes,
  ...toggleDiskRoutes,
  ...volumeRoutes,
  ...volumeDefinitionRoutes,
  ...volumeGroupRoutes,
  ...encryptionRoutes,
  ...connectionRoutes,
  ...physicalStorageRoutes,
  ...statsRoutes,
  ...propertyInfoRoutes,
  ...eventRoutes,
  ...refusedRoutes,
  ...metricsRoutes,
  ...ownRoutes(() => routes),
]
