// Calls every method of golinstor, unmodified, against a controller of ours, and has the library
// decode every answer.
//
// usage: golinstor http://<host>:<port>
//
// Needs a cluster without nodes whose satellites n1, n2 and n3 are running; each machine has the
// volume group vg0 with the thin pool vg0/thin, and the empty disk /dev/sdb. Prints one JSON
// object: {"problems": [...], "uncalled": [...]}.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/LINBIT/golinstor/client"
)

func main() {
	api, err := client.NewClient(client.Controllers([]string{os.Args[1]}), client.Log(nil))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	defer cancel()
	c := &caller{api: api, ctx: ctx, called: map[string]bool{}, problems: []string{}}
	for _, part := range []func(*caller){
		controller, nodes, pools, groups, definitions, resources, connections, snapshots, kept, shipping, away,
	} {
		part(c)
	}
	report := map[string][]string{"problems": c.problems, "uncalled": c.uncalled()}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(2)
	}
}
