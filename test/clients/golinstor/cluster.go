package main

import (
	"fmt"
	"net"

	"github.com/LINBIT/golinstor/client"
)

type props = map[string]string

func set(key, value string) client.GenericPropsModify {
	return client.GenericPropsModify{OverrideProps: props{key: value}}
}

func controller(c *caller) {
	version, _ := c.call(good, "Controller.GetVersion").(client.ControllerVersion)
	c.check(version.RestApiVersion != "", "the version of the API is empty")
	c.call(good, "Controller.GetConfig")
	c.call(good, "Controller.Modify", set("Aux/owner", "storage"))
	all, _ := c.call(good, "Controller.GetProps").(client.ControllerProps)
	c.check(all["Aux/owner"] == "storage", "Aux/owner is %q", all["Aux/owner"])
	c.call(good, "Controller.DeleteProp", "Aux/owner")
	c.call(unread, "Controller.GetPropsInfos")
	c.call(unread, "Controller.GetPropsInfosAll")
}

func nodes(c *caller) {
	for number := 1; number <= 3; number++ {
		c.call(good, "Nodes.Create", client.Node{
			Name: fmt.Sprintf("n%d", number), Type: "SATELLITE",
			NetInterfaces: []client.NetInterface{{
				Name: "default", Address: net.ParseIP(fmt.Sprintf("10.0.0.%d", number)),
				SatellitePort: 3366, SatelliteEncryptionType: "PLAIN", IsActive: true,
			}},
		})
	}
	c.call(refused, "Nodes.Create", client.Node{Name: "n1", Type: "SATELLITE"})
	c.until("all nodes are online", func() bool {
		all, _ := c.call(good, "Nodes.GetAll").([]client.Node)
		online := 0
		for _, node := range all {
			if node.ConnectionStatus == "ONLINE" {
				online++
			}
		}
		return online == 3
	})
	one, _ := c.call(good, "Nodes.Get", "N1").(client.Node)
	c.check(one.Name == "n1" && len(one.NetInterfaces) == 1, "n1 is %+v", one)
	c.call(missing, "Nodes.Get", "n9")
	c.call(good, "Nodes.Modify", "n1", client.NodeModify{GenericPropsModify: set("Aux/rack", "r1")})
	byRack := &client.ListOpts{Prop: []string{"Aux/rack=r1"}}
	found, _ := c.call(good, "Nodes.GetAll", byRack).([]client.Node)
	c.check(len(found) == 1, "%d nodes are in the rack", len(found))
	c.call(good, "Nodes.Reconnect", "n1")
	storage := client.NetInterface{Name: "storage", Address: net.ParseIP("10.1.0.1")}
	c.call(good, "Nodes.CreateNetInterface", "n1", storage)
	storage.Address = net.ParseIP("10.1.0.9")
	c.call(good, "Nodes.ModifyNetInterface", "n1", "storage", storage)
	nif, _ := c.call(good, "Nodes.GetNetInterface", "n1", "storage").(client.NetInterface)
	c.check(nif.Address.String() == "10.1.0.9", "its address is %s", nif.Address)
	c.call(good, "Nodes.GetNetInterfaces", "n1")
	c.call(good, "Nodes.DeleteNetinterface", "n1", "storage")
	c.call(missing, "Nodes.GetNetInterface", "n1", "storage")
	c.call(unread, "Nodes.GetPropsInfos")
	c.call(refused, "Nodes.CreateEbsNode", "cloud", "remote")
	config, _ := c.call(good, "Controller.GetSatelliteConfig", "n1").(client.SatelliteConfig)
	c.call(good, "Controller.ModifySatelliteConfig", "n1", config)
}

func pools(c *caller) {
	c.call(good, "StoragePoolDefinitions.Create", client.StoragePoolDefinition{StoragePoolName: "pool"})
	c.call(good, "StoragePoolDefinitions.Modify", "pool", client.StoragePoolDefinitionModify{GenericPropsModify: set("Aux/a", "b")})
	c.call(good, "StoragePoolDefinitions.Get", "POOL")
	c.call(missing, "StoragePoolDefinitions.Get", "none")
	c.call(good, "StoragePoolDefinitions.GetAll")
	c.call(unread, "StoragePoolDefinitions.GetPropsInfos")
	thin := client.StoragePool{
		StoragePoolName: "pool", ProviderKind: client.LVM_THIN,
		Props: props{"StorDriver/StorPoolName": "vg0/thin"},
	}
	for _, node := range []string{"n1", "n2", "n3"} {
		c.call(good, "Nodes.CreateStoragePool", node, thin)
	}
	c.until("all pools are measured", func() bool {
		all, _ := c.call(good, "Nodes.GetStoragePoolView").([]client.StoragePool)
		measured := 0
		for _, pool := range all {
			if pool.ProviderKind == client.LVM_THIN && pool.FreeCapacity > 0 {
				measured++
			}
		}
		return measured == 3
	})
	c.call(good, "Nodes.ModifyStoragePool", "n1", "pool", set("Aux/shelf", "7"))
	pool, _ := c.call(good, "Nodes.GetStoragePool", "n1", "pool").(client.StoragePool)
	c.check(pool.Props["Aux/shelf"] == "7" && pool.SupportsSnapshots, "the pool is %+v", pool)
	c.call(good, "Nodes.GetStoragePools", "n1")
	c.call(missing, "Nodes.GetStoragePool", "n1", "none")
	c.call(unread, "Nodes.GetStoragePoolPropsInfos", "n1")
	c.until("the empty disks are listed", func() bool {
		disks, _ := c.call(good, "Nodes.GetPhysicalStorage", "n1").([]client.PhysicalStorageNode)
		return len(disks) > 0
	})
	c.call(good, "Nodes.GetPhysicalStorageView")
	c.call(good, "Nodes.CreateDevicePool", "n1", client.PhysicalStorageCreate{
		ProviderKind: client.LVM, DevicePaths: []string{"/dev/sdb"}, PoolName: "vg1",
		WithStoragePool: client.PhysicalStorageStoragePoolCreate{Name: "disks"},
	})
	c.call(good, "Nodes.DeleteStoragePool", "n1", "disks")
	c.call(good, "StoragePoolDefinitions.Create", client.StoragePoolDefinition{StoragePoolName: "unused"})
	c.call(good, "StoragePoolDefinitions.Delete", "unused")
}

// What takes nodes away, at the end.
func away(c *caller) {
	c.call(good, "Nodes.Evacuate", "n3", client.NodeEvacuate{})
	c.call(good, "Nodes.Restore", "n3", client.NodeRestore{})
	spare := client.Node{Name: "n9", Type: "SATELLITE", NetInterfaces: []client.NetInterface{{
		Name: "default", Address: net.ParseIP("10.0.0.9"), IsActive: true,
	}}}
	c.call(good, "Nodes.Create", spare)
	c.call(good, "Nodes.Evict", "n9")
	c.call(good, "Nodes.Lost", "n9")
	c.call(good, "Nodes.Create", spare)
	c.call(good, "Nodes.Delete", "n9")
}
