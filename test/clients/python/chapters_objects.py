"""The classes that Cinder, OpenNebula and XCP-ng build on: Resource, ResourceGroup and KV."""

import linstor
from answers import raises, until
from linstor import KV, Resource, ResourceGroup, Volume

MIB = 1024 * 1024


def a_key_value_store(_api, uri):
    store = KV("objects", uri=uri)
    assert list(store) == [] and store.namespace == "/"
    store["a"] = "1"
    store.namespace = "deep/down"
    store["b"] = "2"
    again = KV("objects", namespace="/deep", uri=uri)
    assert dict(again.items()) == {"down/b": "2"} and list(again.keys()) == ["down/b"]
    assert list(again.values()) == ["2"] and again.get("down/b") == "2" and "a" not in again
    assert again.setdefault("down/c", "3") == "3" and again.pop("down/c") == "3"
    assert again.pop("down/c", "none") == "none"
    assert again.popitem() == ("down/b", "2")
    raises(NotImplementedError, lambda: again.update({}))
    last = KV("objects", uri=uri)
    last.clear()
    assert list(KV("objects", uri=uri)) == []


def a_resource_group(_api, uri):
    group = ResourceGroup("objects", uri=uri)
    raises(linstor.LinstorReadOnlyAfterSetError, lambda: setattr(group, "name", "other"))
    values = {
        "description": "of objects",
        "redundancy": 2,
        "storage_pool": ["pool"],
        "do_not_place_with": ["nothing"],
        "do_not_place_with_regex": "^never",
        "replicas_on_same": ["Aux/site"],
        "replicas_on_different": ["Aux/rack"],
        "diskless_on_remaining": False,
        "layer_list": ["DRBD", "STORAGE"],
        "provider_list": ["LVM_THIN"],
        "property_dict": {"Aux/tier": "silver"},
    }
    for name, value in values.items():
        setattr(group, name, value)
    group.nr_volumes = 2
    group.nr_volumes = 1
    again = ResourceGroup("objects", uri=uri)
    for name, value in values.items():
        assert getattr(again, name) == value, f"{name}: {getattr(again, name)}"
    assert again.name == "objects" and again.nr_volumes == 1
    assert not again.x_replicas_on_different
    again.x_replicas_on_different = {"Aux/rack": 2}
    assert ResourceGroup("objects", uri=uri).x_replicas_on_different == {"Aux/rack": 2}
    again.x_replicas_on_different = {}
    for name in ("do_not_place_with", "replicas_on_same", "replicas_on_different"):
        setattr(again, name, [])
    assert not ResourceGroup("objects", uri=uri).replicas_on_same
    assert again.query_max_volume_size()[0].candidates


def a_resource_of_a_group(_api, uri):
    made = ResourceGroup("objects", uri=uri).create_resource("fromgroup", ["64M"])
    assert made.resource_group_name == "objects" and len(made.diskful_nodes()) == 2
    assert made.delete()
    only = Resource.from_resource_group(uri, "objects", "defined", ["64M"], definitions_only=True)
    assert only.placement.storage_pool == "pool" and not only.diskful_nodes()
    assert only.diskful("n1") and only.is_diskful("n1")
    assert only.delete()
    assert ResourceGroup("objects", uri=uri).delete()


def placed(uri):
    resource = Resource("vol one", uri=uri)
    resource.placement.redundancy = 2
    resource.placement.storage_pool = "pool"
    resource.volumes[0] = Volume(64 * MIB)
    assert resource.autoplace()
    return resource


def a_resource(_api, uri):
    resource = placed(uri)
    assert resource.linstor_name and resource.linstor_name != "vol one"
    assert resource.name == "vol one" and resource.volumes[0].device_path
    raises(linstor.LinstorReadOnlyAfterSetError, lambda: setattr(resource, "name", "other"))
    raises(
        linstor.LinstorReadOnlyAfterSetError, lambda: setattr(resource, "linstor_name", "other")
    )
    assert resource.port is None and resource.is_thin()
    raises(Exception, lambda: setattr(resource, "port", 7000) or setattr(resource, "port", 7001))
    resource.allow_two_primaries = True
    assert Resource("vol one", uri=uri).allow_two_primaries
    resource.volumes[0].size = 128 * MIB
    assert Resource("vol one", uri=uri).volumes[0].size == 128 * MIB


def nodes_of_a_resource(_api, uri):
    resource = Resource("vol one", uri=uri)
    third = ({"n1", "n2", "n3"} - set(resource.diskful_nodes())).pop()
    assert resource.activate(third) and resource.is_diskless(third)
    assert resource.diskless_nodes() == [third] and resource.is_assigned(third)
    assert resource.deactivate(third)
    assert resource.diskless(third) and resource.is_diskless(third)
    # The library has closed its connection by then, whatever the server would say.
    raises(AttributeError, lambda: resource.drbd_proxy_enable("n1", "n2"))
    raises(AttributeError, lambda: resource.drbd_proxy_disable("n1", "n2"))


def snapshots_of_a_resource(api, uri):
    resource = Resource("vol one", uri=uri)
    until("it is synced", lambda: api.resource_dfn_sync_status(resource.linstor_name).synced_on_all)
    assert resource.snapshot_create("s1")
    restored = resource.restore_from_snapshot("s1", "restored")
    assert restored.diskful_nodes()
    copy = resource.clone("cloned", timeout=30)
    assert copy.diskful_nodes()
    assert resource.snapshot_rollback("s1") and resource.snapshot_delete("s1")
    assert resource.snapshot_create("s2")
    for one in (restored, copy, resource):
        assert one.delete()


CHAPTERS = (
    a_key_value_store,
    a_resource_group,
    a_resource_of_a_group,
    a_resource,
    nodes_of_a_resource,
    snapshots_of_a_resource,
)
