/** What LINSTOR does not have. */
import { type OpenApi, openApi } from '../openapi/document.ts'
import { json, type Route, read } from '../route.ts'

/** The table that the document describes is given later: this row is a part of it. */
export function ownRoutes(all: () => readonly Route[]): readonly Route[] {
  let document: OpenApi | undefined
  return [
    read('/v1/varve/openapi.json', 'This API as OpenAPI 3.1', ({ world }) => {
      document ??= openApi(all(), world.controller?.version ?? '')
      return json(document)
    }),
  ]
}
