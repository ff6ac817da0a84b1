/** The table of routes: a file for each noun, all of them here. */
import type { Route } from '../route.ts'
import { controllerRoutes } from './controller.ts'
import { healthRoutes } from './health.ts'
import { keyValueStoreRoutes } from './key-value-store.ts'
import { netInterfaceRoutes } from './net-interface.ts'
import { nodeRoutes } from './node.ts'
import { storagePoolRoutes } from './storage-pool.ts'
import { storagePoolDefinitionRoutes } from './storage-pool-definition.ts'

export const routes: readonly Route[] = [
  ...healthRoutes,
  ...controllerRoutes,
  ...nodeRoutes,
  ...netInterfaceRoutes,
  ...storagePoolRoutes,
  ...storagePoolDefinitionRoutes,
  ...keyValueStoreRoutes,
]
