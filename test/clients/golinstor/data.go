package main

import (
	"slices"

	"github.com/LINBIT/golinstor/client"
	"github.com/LINBIT/golinstor/devicelayerkind"
)

const mib = 1024

func groups(c *caller) {
	pairs := client.AutoSelectFilter{PlaceCount: 2, StoragePoolList: []string{"pool"}}
	c.call(good, "ResourceGroups.Create", client.ResourceGroup{Name: "pairs", SelectFilter: pairs})
	c.call(refused, "ResourceGroups.Create", client.ResourceGroup{Name: "PAIRS"})
	changed := client.ResourceGroupModify{OverrideProps: props{"Aux/tier": "gold"}, Description: "pairs"}
	c.call(good, "ResourceGroups.Modify", "pairs", changed)
	group, _ := c.call(good, "ResourceGroups.Get", "pairs").(client.ResourceGroup)
	c.check(group.SelectFilter.PlaceCount == 2 && group.Description == "pairs", "it is %+v", group)
	c.call(missing, "ResourceGroups.Get", "none")
	c.call(good, "ResourceGroups.GetAll", &client.ListOpts{Prop: []string{"Aux/tier=gold"}})
	c.call(good, "ResourceGroups.CreateVolumeGroup", "pairs", client.VolumeGroup{})
	c.call(good, "ResourceGroups.CreateVolumeGroup", "pairs", client.VolumeGroup{VolumeNumber: 3})
	c.call(good, "ResourceGroups.ModifyVolumeGroup", "pairs", 0, client.VolumeGroupModify{OverrideProps: props{"Aux/a": "b"}})
	c.call(good, "ResourceGroups.GetVolumeGroup", "pairs", 0)
	c.call(good, "ResourceGroups.GetVolumeGroups", "pairs")
	c.call(good, "ResourceGroups.DeleteVolumeGroup", "pairs", 3)
	c.call(unread, "ResourceGroups.GetPropsInfos")
	c.call(unread, "ResourceGroups.GetVolumeGroupPropsInfos", "pairs")
	size, _ := c.call(good, "ResourceGroups.QuerySizeInfo", "pairs", client.QuerySizeInfoRequest{}).(client.QuerySizeInfoResponse)
	c.check(size.SpaceInfo != nil && size.SpaceInfo.MaxVlmSizeInKib > 0, "nothing fits")
	sizes, _ := c.call(good, "Resources.QueryMaxVolumeSize", client.AutoSelectFilter{PlaceCount: 2}).(client.MaxVolumeSizes)
	c.check(len(sizes.Candidates) > 0, "there is no candidate")
	spawn := client.ResourceGroupSpawn{ResourceDefinitionName: "spawned", VolumeSizes: []int64{64 * mib}}
	c.call(good, "ResourceGroups.Spawn", "pairs", spawn)
	c.call(refused, "ResourceGroups.Spawn", "pairs", spawn)
	c.call(refused, "ResourceGroups.Delete", "pairs")
	c.call(good, "ResourceGroups.Adjust", "pairs", client.ResourceGroupAdjust{})
	c.call(good, "ResourceGroups.AdjustAll", client.ResourceGroupAdjust{})
	c.call(good, "ResourceDefinitions.Delete", "spawned")
	c.call(good, "ResourceGroups.Delete", "pairs")
}

func definitions(c *caller) {
	web := client.ResourceDefinitionCreate{ResourceDefinition: client.ResourceDefinition{
		Name: "web", Props: props{"Aux/owner": "alice"},
		LayerData: []client.ResourceDefinitionLayer{{Type: devicelayerkind.Drbd}, {Type: devicelayerkind.Storage}},
	}}
	c.call(good, "ResourceDefinitions.Create", web)
	c.call(refused, "ResourceDefinitions.Create", web)
	c.call(good, "ResourceDefinitions.Modify", "web", set("DrbdOptions/Net/timeout", "60"))
	one, _ := c.call(good, "ResourceDefinitions.Get", "WEB").(client.ResourceDefinition)
	c.check(one.Props["Aux/owner"] == "alice" && len(one.LayerData) == 2, "it is %+v", one)
	c.call(missing, "ResourceDefinitions.Get", "none")
	zero := int32(0)
	volume := client.VolumeDefinitionCreate{VolumeDefinition: client.VolumeDefinition{VolumeNumber: &zero, SizeKib: 64 * mib}}
	c.call(good, "ResourceDefinitions.CreateVolumeDefinition", "web", volume)
	c.call(refused, "ResourceDefinitions.CreateVolumeDefinition", "web", volume)
	all, _ := c.call(good, "ResourceDefinitions.GetAll", client.RDGetAllRequest{
		Props: []string{"Aux/owner=alice"}, WithVolumeDefinitions: true,
	}).([]client.ResourceDefinitionWithVolumeDefinition)
	c.check(len(all) == 1 && len(all[0].VolumeDefinitions) == 1, "found are %+v", all)
	c.call(good, "ResourceDefinitions.GetVolumeDefinitions", "web")
	vd, _ := c.call(good, "ResourceDefinitions.GetVolumeDefinition", "web", 0).(client.VolumeDefinition)
	c.check(vd.SizeKib == 64*mib, "it has %d KiB", vd.SizeKib)
	c.call(missing, "ResourceDefinitions.GetVolumeDefinition", "web", 7)
	c.call(good, "ResourceDefinitions.ModifyVolumeDefinition", "web", 0,
		client.VolumeDefinitionModify{GenericPropsModify: set("Aux/use", "root")})
	c.call(unread, "ResourceDefinitions.GetPropsInfos")
	c.call(refused, "ResourceDefinitions.GetDRBDProxyPropsInfos", "web")
	c.call(unread, "Resources.GetVolumeDefinitionPropsInfos", "web")
}

func resources(c *caller) {
	on := func(node string, flags ...string) client.ResourceCreate {
		return client.ResourceCreate{Resource: client.Resource{Name: "web", NodeName: node, Flags: flags}}
	}
	first := on("n1")
	first.Resource.Props = props{"StorPoolName": "pool"}
	c.call(good, "Resources.Create", first)
	pair := client.AutoSelectFilter{PlaceCount: 2, NodeNameList: []string{"n1", "n2"}, StoragePoolList: []string{"pool"}}
	c.call(good, "Resources.Autoplace", "web", client.AutoPlaceRequest{SelectFilter: pair})
	c.call(refused, "Resources.Autoplace", "web", client.AutoPlaceRequest{SelectFilter: client.AutoSelectFilter{PlaceCount: 9}})
	c.until("web is synced", func() bool {
		status, _ := c.call(good, "ResourceDefinitions.SyncStatus", "web").(client.ResourceDefinitionSyncStatus)
		return status.SyncedOnAll
	})
	view, _ := c.call(good, "Resources.GetResourceView", &client.ListOpts{Resource: []string{"web"}}).([]client.ResourceWithVolumes)
	diskful := slices.DeleteFunc(view, func(row client.ResourceWithVolumes) bool { return slices.Contains(row.Flags, "DISKLESS") })
	c.check(len(diskful) == 2, "%d replicas have disks", len(diskful))
	for _, row := range diskful {
		c.check(row.LayerObject != nil && row.LayerObject.Drbd != nil, "a layer is missing")
		c.check(len(row.Volumes) == 1 && row.Volumes[0].DevicePath != "", "a device is missing")
		c.check(row.State != nil && row.CreateTimestamp != nil, "the state is missing")
	}
	c.call(good, "Resources.GetAll", "web")
	c.call(good, "Resources.Get", "web", "n1")
	c.call(missing, "Resources.Get", "web", "n9")
	c.call(good, "Resources.Modify", "web", "n1", set("Aux/a", "b"))
	c.call(good, "Resources.GetVolumes", "web", "n1")
	volume, _ := c.call(good, "Resources.GetVolume", "web", "n1", 0).(client.Volume)
	c.check(len(volume.LayerDataList) == 2 && volume.StoragePoolName == "pool", "it is %+v", volume)
	c.call(good, "Resources.ModifyVolume", "web", "n1", 0, set("Aux/c", "d"))
	c.call(good, "ResourceDefinitions.ModifyVolumeDefinition", "web", 0, client.VolumeDefinitionModify{SizeKib: 128 * mib})
	c.call(good, "Resources.MakeAvailable", "web", "n3", client.ResourceMakeAvailable{})
	c.call(good, "Resources.Diskful", "web", "n3", "pool", nil)
	c.call(good, "Resources.Diskless", "web", "n3", "")
	c.call(good, "Resources.Migrate", "web", "n2", "n3", "pool")
	c.call(refused, "Resources.Deactivate", "web", "n1")
	c.call(good, "Resources.Activate", "web", "n1")
	c.until("web has moved", func() bool {
		found, _ := c.call(good, "Resources.GetResourceView", &client.ListOpts{Resource: []string{"web"}, Node: []string{"n2"}}).([]client.ResourceWithVolumes)
		return len(found) == 0 || slices.Contains(found[0].Flags, "DISKLESS")
	})
	c.call(good, "Resources.Delete", "web", "n2", &client.ResourceDeleteOpts{KeepTiebreaker: false})
	c.call(unread, "Resources.GetPropsInfos", "web")
	c.call(unread, "Resources.GetVolumePropsInfos", "web", "n1")
	c.call(unread, "Resources.GetConnectionPropsInfos", "web")
}
