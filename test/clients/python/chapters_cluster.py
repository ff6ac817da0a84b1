"""The library itself, the controller, nodes, networks and storage pools."""

import linstor
from answers import created, good, refused, until
from linstor import Linstor, MultiLinstor, consts

NODES = ("n1", "n2", "n3")


def the_library_and_the_controller(api, uri):
    assert api.connected and not api.is_secure_connection
    version = api.controller_version()
    assert version.rest_api_version.startswith("1."), version.rest_api_version
    assert api.controller_info().startswith("LINSTOR,Controller,")
    assert api.controller_host() and not api.api_version_smaller("1.0.4")
    assert "Satellite" in api.node_types() and api.stats() == ""
    assert "drbd" in Linstor.layer_list() and "LVM_THIN" in Linstor.provider_list()
    assert Linstor.parse_volume_size_to_kib("1GiB") == 1024 * 1024
    host, port = uri.removeprefix("linstor://").split(":")
    assert not Linstor.has_linstor_https(host, int(port))
    with MultiLinstor(MultiLinstor.controller_uri_list(uri)) as other:
        assert other.controller_version().version == version.version
    other = Linstor(uri)
    for name in ("username", "password", "certfile", "keyfile", "cafile", "allow_insecure"):
        setattr(other, name, getattr(other, name))
    other.curl = other.curl
    other.connect()
    other.disconnect()


def properties_of_the_controller(api, _uri):
    good(api.controller_set_prop("Aux/owner", "storage"))
    assert api.controller_props()[0].properties["Aux/owner"] == "storage"
    good(api.controller_set_prop("DrbdOptions/Net/max-buffers", "8000"))
    refused(api.controller_set_prop("DrbdOptions/Net/max-buffers", "many"), consts.FAIL_INVLD_PROP)
    good(api.controller_del_prop("DrbdOptions/Net/max-buffers"))
    good(api.controller_del_prop("Aux/owner"))
    assert "Aux/owner" not in api.controller_props()[0].properties


def levels_of_logs(api, _uri):
    good(api.controller_set_log_level(linstor.LogLevelEnum.INFO))
    good(api.node_set_log_level("n1", linstor.LogLevelEnum.INFO))


def nodes(api, _uri):
    for number, node in enumerate(NODES, 1):
        replies = created(api.node_create(node, "Satellite", f"10.0.0.{number}"))
        assert replies[0].ret_code == consts.MASK_CRT | consts.MASK_NODE | consts.CREATED
        assert Linstor.all_api_responses_no_error(replies)
        assert Linstor.all_api_responses_success(replies)
        assert Linstor.return_if_failure(replies) is None
        assert Linstor.return_if_error(replies) is None
    again = refused(api.node_create("N1", "Satellite", "10.0.0.1"), consts.FAIL_EXISTS_NODE)
    assert Linstor.filter_api_call_response_errors(again)
    assert Linstor.filter_api_call_response(again)
    refused(api.node_create("bad_name_", "Satellite", "10.0.0.1"), consts.FAIL_INVLD_NODE_NAME)

    def online():
        rows = api.node_list()[0].nodes
        return len(rows) == 3 and all(row.connection_status == "ONLINE" for row in rows)

    until("all nodes are online", online)
    good(api.node_modify("n1", property_dict={"Aux/rack": "r1"}))
    assert [row.name for row in api.node_list_raise(filter_by_nodes=["N1"]).nodes] == ["n1"]
    by_rack = api.node_list_raise(filter_by_props=["Aux/rack=r1"]).nodes
    assert [row.name for row in by_rack] == ["n1"] and by_rack[0].props["Aux/rack"] == "r1"
    good(api.node_modify("n1", delete_props=["Aux/rack"]))
    good(api.node_reconnect(["n1"]))
    refused(api.node_modify("n9", property_dict={"Aux/a": "b"}), consts.FAIL_NOT_FOUND_NODE)


def networks(api, _uri):
    created(api.netinterface_create("n1", "storage", "10.1.0.1"))
    refused(api.netinterface_create("n1", "storage", "10.1.0.1"), consts.FAIL_EXISTS_NET_IF)
    good(api.netinterface_modify("n1", "storage", ip="10.1.0.9"))
    addresses = {row.name: row.address for row in api.node_list()[0].nodes[0].net_interfaces}
    assert addresses["storage"] == "10.1.0.9", addresses
    # The library has no class for this list: only how many there are can be read.
    assert len(api.net_interface_list("n1")) == 2
    good(api.netinterface_delete("n1", "storage"))


def connections_of_nodes(api, _uri):
    good(api.node_conn_modify("n1", "n2", {"DrbdOptions/Net/max-buffers": "9000"}, []))
    rows = api.node_conn_list_raise("n1", "n2").node_connections
    assert rows[0].properties["DrbdOptions/Net/max-buffers"] == "9000"
    assert len(api.node_conn_list()[0].node_connections) == 1
    assert api.node_conn_list_specific_pair("n1", "n2")
    good(api.node_conn_modify("n1", "n2", {}, ["DrbdOptions/Net/max-buffers"]))


def storage_pools(api, _uri):
    created(api.storage_pool_dfn_create("pool"))
    good(api.storage_pool_dfn_modify("pool", {"Aux/tier": "fast"}))
    pools = api.storage_pool_dfn_list()[0].storage_pool_definitions
    assert "pool" in [row.name for row in pools]
    for node in NODES:
        created(api.storage_pool_create(node, "pool", "LVM_THIN", "vg0/thin"))
    again = api.storage_pool_create("n1", "pool", "LVM_THIN", "vg0/thin")
    refused(again, consts.FAIL_EXISTS_STOR_POOL)

    def measured():
        rows = api.storage_pool_list(filter_by_stor_pools=["pool"])[0].storage_pools
        return len(rows) == 3 and all(row.free_space and row.is_thin() for row in rows)

    until("all pools are measured", measured)
    good(api.storage_pool_modify("n1", "pool", {"Aux/shelf": "7"}))
    rows = api.storage_pool_list_raise(filter_by_nodes=["n1"], filter_by_props=["Aux/shelf=7"])
    assert [row.name for row in rows.storage_pools] == ["pool"]
    good(api.storage_pool_modify("n1", "pool", {}, ["Aux/shelf"]))
    sizes = api.storage_pool_dfn_max_vlm_sizes(2, storage_pool_name="pool")[0]
    assert sizes.candidates[0].max_volume_size > 0
    created(api.storage_pool_create("n1", "thick", "LVM", "vg0"))
    good(api.storage_pool_delete("n1", "thick"))
    good(api.storage_pool_dfn_create("unused"))
    good(api.storage_pool_dfn_delete("unused"))


def disks_of_nodes(api, _uri):
    def listed():
        rows = api.physical_storage_list().physical_devices
        return any("n1" in row.nodes for row in rows)

    until("the empty disks are listed", listed)
    replies = api.physical_storage_create_device_pool(
        "n1", "LVM", ["/dev/sdb"], pool_name="vg1", storage_pool_name="disks"
    )
    created(replies)
    good(api.storage_pool_delete("n1", "disks"))


def nodes_that_go(api, _uri):
    good(api.node_create("n9", "Satellite", "10.0.0.9"))
    good(api.node_lost("n9"))
    good(api.node_create("n8", "Auxiliary", "10.0.0.8"))
    good(api.node_delete("n8"))
    warned = good(api.node_delete("n8"))
    assert warned[0].is_warning(), str(warned[0])
    refused(api.node_create_ebs("cloud", "remote"))


def nodes_that_are_emptied(api, _uri):
    good(api.node_evacuate("n3"))
    good(api.node_restore("n3"))


CHAPTERS = (
    the_library_and_the_controller,
    properties_of_the_controller,
    nodes,
    levels_of_logs,
    networks,
    connections_of_nodes,
    storage_pools,
    disks_of_nodes,
)
LAST_CHAPTERS = (nodes_that_are_emptied, nodes_that_go)
