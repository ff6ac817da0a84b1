"""Groups, definitions, resources and snapshots, through the class Linstor."""

import linstor
from answers import created, good, is_ours, raises, refused, until
from linstor import ResourceData, consts

MIB = 1024


def up_to_date(api, name, count):
    def check():
        rows = api.volume_list_raise(filter_by_resources=[name]).resources
        states = [row.volumes[0].data_v1["state"].get("disk_state") for row in rows if row.volumes]
        return states.count("UpToDate") >= count

    until(f"{name} has {count} replicas that are UpToDate", check)


def resource_groups(api, _uri):
    pool = {"place_count": 2, "storage_pool": ["pool"], "description": "pairs"}
    made = created(api.resource_group_create("pairs", **pool))
    assert made[0].ret_code == consts.MASK_CRT | consts.MASK_RSC_GRP | consts.CREATED
    refused(api.resource_group_create("PAIRS", **pool), consts.FAIL_EXISTS_RSC_GRP)
    good(api.resource_group_modify("pairs", replicas_on_different=["Aux/rack"]))
    group = api.resource_group_list_raise(["pairs"]).resource_groups[0]
    assert group.select_filter.replicas_on_different == ["Aux/rack"], group.select_filter
    assert group.select_filter.place_count == 2 and group.description == "pairs"
    good(api.resource_group_modify("pairs", replicas_on_different=[]))
    good(api.resource_group_modify("pairs", property_dict={"Aux/tier": "gold"}))
    assert api.resource_group_list_raise(filter_by_props=["Aux/tier=gold"]).resource_groups
    created(api.volume_group_create("pairs"))
    good(api.volume_group_modify("pairs", 0, property_dict={"Aux/a": "b"}))
    assert [row.number for row in api.volume_group_list_raise("pairs").volume_groups] == [0]
    created(api.volume_group_create("pairs", volume_nr=3))
    good(api.volume_group_delete("pairs", 3))
    assert api.resource_group_qmvs("pairs")[0].candidates
    assert api.resource_group_query_size_info("pairs").space_info.max_vlm_size_in_kib > 0


def spawned(api, _uri):
    replies = created(api.resource_group_spawn("pairs", "spawned", ["100M"]))
    made = consts.MASK_CRT | consts.MASK_RSC_DFN | consts.CREATED
    assert replies[0].ret_code == made, replies[0].ret_code
    up_to_date(api, "spawned", 2)
    refused(api.resource_group_spawn("pairs", "spawned", ["100M"]), consts.FAIL_EXISTS_RSC_DFN)
    refused(api.resource_group_delete("pairs"), consts.FAIL_EXISTS_RSC_DFN)
    good(api.resource_group_adjust("pairs"))
    good(api.resource_dfn_delete("spawned"))


def resource_definitions(api, _uri):
    created(api.resource_dfn_create("web", layer_list=["drbd", "storage"]))
    refused(api.resource_dfn_create("web"), consts.FAIL_EXISTS_RSC_DFN)
    good(api.resource_dfn_modify("web", {"Aux/owner": "alice", "DrbdOptions/Net/timeout": "60"}))
    assert api.resource_dfn_props_list("web", "Aux/") == {"Aux/owner": "alice"}
    refused(api.resource_dfn_modify("nope", {"Aux/a": "b"}), consts.FAIL_NOT_FOUND_RSC_DFN)
    missing = api.volume_dfn_create("nope", 100 * MIB)
    wanted = consts.FAIL_NOT_FOUND_RSC_DFN | consts.MASK_CRT | consts.MASK_VLM_DFN
    assert missing[0].ret_code & 0xFFFFFFFFFFFFFFFF == wanted & 0xFFFFFFFFFFFFFFFF, hex(wanted)
    created(api.volume_dfn_create("web", 100 * MIB, storage_pool="pool"))
    good(api.volume_dfn_modify("web", 0, set_properties={"Aux/use": "root"}))
    listed = api.resource_dfn_list(filter_by_resource_definitions=["WEB"])[0].resource_definitions
    assert [row.name for row in listed] == ["web"]
    volume = listed[0].volume_definitions[0]
    assert volume.size == 100 * MIB and volume.properties["Aux/use"] == "root"
    by_owner = api.resource_dfn_list_raise(filter_by_props=["Aux/owner=alice"])
    assert [row.name for row in by_owner.resource_definitions] == ["web"]


def resources(api, _uri):
    created(api.resource_create([ResourceData("n1", "web", storage_pool="pool")]))
    again = good(api.resource_create([ResourceData("n1", "web", storage_pool="pool")]))
    assert again[0].ret_code & 0x7FFF == consts.INFO_RSC_ALREADY_EXISTS & 0x7FFF
    created(api.resource_auto_place("web", 2, storage_pool=["pool"]))
    up_to_date(api, "web", 2)
    rows = api.resource_list(filter_by_resources=["web"])[0].resources
    assert len([row for row in rows if "DISKLESS" not in row.flags]) == 2, rows
    assert api.resource_list_raise(filter_by_nodes=["N1"]).resources[0].node_name == "n1"
    assert api.volume_list(filter_by_resources=["web"], filter_by_stor_pools=["pool"])
    good(api.resource_modify("n1", "web", property_dict={"Aux/a": "b"}))
    good(api.volume_modify("n1", "web", 0, {"Aux/c": "d"}))
    good(api.volume_dfn_modify("web", 0, size=200 * MIB))
    api.resource_dfn_wait_synced("web", 0.1, 30)
    assert api.resource_dfn_sync_status("web").synced_on_all


def replicas_that_come_and_go(api, _uri):
    third = next(
        node
        for node in ("n1", "n2", "n3")
        if not api.resource_list(filter_by_nodes=[node], filter_by_resources=["web"])[0].resources
        or "DISKLESS" in api.resource_list([node], ["web"])[0].resources[0].flags
    )
    good(api.resource_make_available(third, "web"))
    assert "DISKLESS" in api.resource_list([third], ["web"])[0].resources[0].flags
    good(api.resource_delete_if_diskless(third, "web"))
    good(api.resource_make_available(third, "web", diskful=True))
    up_to_date(api, "web", 3)
    good(api.resource_toggle_disk(third, "web", diskless=True))
    good(api.resource_toggle_disk(third, "web", storage_pool="pool"))
    up_to_date(api, "web", 3)
    good(api.resource_delete(third, "web"))
    # What only a newer server has, the library refuses by itself.
    is_ours(raises(linstor.LinstorError, lambda: api.resource_dfn_truncate("web")))
    is_ours(raises(linstor.LinstorError, lambda: api.resource_unmake_available("n1", "web")))


def activated_and_not(api, _uri):
    refused(api.resource_deactivate("n1", "web"))
    good(api.resource_activate("n1", "web"))


def placed_at_once(api, _uri):
    created(api.resource_create_and_auto_place("atonce", 50 * MIB, 2, storage_pool="pool"))
    good(api.resource_dfn_delete("atonce"))


def connections_of_resources(api, _uri):
    good(api.resource_conn_modify("web", "n1", "n2", {"DrbdOptions/Net/protocol": "A"}, []))
    rows = api.resource_conn_list_raise("web").resource_connections
    assert any(row.properties.get("DrbdOptions/Net/protocol") == "A" for row in rows)
    assert api.resource_conn_list("web")[0].resource_connections
    assert api.resource_conn_node_list_raise("web", "n1", "n2")
    good(api.resource_conn_modify("web", "n1", "n2", {}, ["DrbdOptions/Net/protocol"]))
    refused(api.drbd_proxy_enable("web", "n1", "n2"))
    refused(api.drbd_proxy_modify("web", {"DrbdOptions/Net/timeout": "60"}))
    refused(api.drbd_proxy_disable("web", "n1", "n2"))


def snapshots(api, _uri):
    created(api.snapshot_create([], "web", "s1"))
    refused(api.snapshot_create([], "web", "s1"), consts.FAIL_EXISTS_SNAPSHOT_DFN)
    listed = api.snapshot_dfn_list_raise(filter_by_resources=["web"]).snapshots
    assert [row.snapshot_name for row in listed] == ["s1"] and "SUCCESSFUL" in listed[0].flags
    assert api.snapshot_dfn_list(filter_by_nodes=["n1"])
    good(api.snapshot_dfn_modify("web", "s1", {"Aux/why": "backup"}))
    created(api.resource_dfn_create("restored"))
    good(api.snapshot_volume_definition_restore("web", "s1", "restored"))
    good(api.snapshot_resource_restore([], "web", "s1", "restored"))
    up_to_date(api, "restored", 2)
    good(api.snapshot_rollback("web", "s1"))
    created(api.snapshot_create_multi([], ["web", "restored"], "both"))
    for name in ("web", "restored"):
        good(api.snapshot_delete(name, "both"))
    good(api.resource_dfn_delete("restored"))


def clones(api, _uri):
    started = api.resource_dfn_clone("web", "copy", property_dict={"Aux/owner": "bob"})
    assert started.clone_name == "copy" and started.location
    good(started.messages)
    assert api.resource_dfn_clone_wait_complete("web", "copy", 0.1, 30)
    assert api.resource_dfn_clone_status("web", "copy").status.value == "COMPLETE"
    assert api.resource_dfn_props_list("copy")["Aux/owner"] == "bob"
    good(api.resource_dfn_delete("copy"))


def all_of_it_goes(api, _uri):
    good(api.snapshot_delete("web", "s1"))
    good(api.volume_dfn_delete("web", 0))
    good(api.resource_dfn_delete("web"))
    warned = good(api.resource_dfn_delete("web"))
    assert warned[0].is_warning(), str(warned[0])
    good(api.resource_group_delete("pairs"))


CHAPTERS = (
    resource_groups,
    spawned,
    resource_definitions,
    resources,
    replicas_that_come_and_go,
    activated_and_not,
    placed_at_once,
    connections_of_resources,
    snapshots,
    clones,
    all_of_it_goes,
)
