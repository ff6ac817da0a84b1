"""Passphrases, key-value stores, files, remotes, schedules, tokens and reports."""

import datetime
import os
import tempfile

import linstor
from answers import created, good, refused
from linstor import consts

MIB = 1024


def status_of(api):
    return api.crypt_status()[0].status


def the_passphrase(api, _uri):
    assert status_of(api) == "unset"
    good(api.crypt_create_passphrase("a passphrase of ours"))
    refused(api.crypt_create_passphrase("another one"), consts.FAIL_EXISTS_CRYPT_PASSPHRASE)
    good(api.crypt_modify_passphrase("a passphrase of ours", "the next passphrase"))
    good(api.crypt_enter_passphrase("the next passphrase"))
    assert status_of(api) == "unlocked"
    created(api.resource_dfn_create("secret", layer_list=["luks", "storage"]))
    created(api.volume_dfn_create("secret", 50 * MIB, encrypt=True, passphrase="of the volume"))
    good(api.volume_dfn_modify_passphrase("secret", 0, "another of the volume"))
    good(api.resource_dfn_delete("secret"))


def key_value_stores(api, _uri):
    good(api.keyvaluestore_modify("settings", {"/a/b": "1", "c": "2"}))
    assert api.keyvaluestore_list("settings").properties == {"a/b": "1", "c": "2"}
    good(api.keyvaluestore_modify("SETTINGS", delete_props=["/a/b"]))
    assert api.keyvaluestores().instance("settings").properties == {"c": "2"}


def external_files(api, _uri):
    path, content = "/etc/drbd-reactor.d/varve.toml", b"\x00 bytes of anybody\n"
    good(api.file_modify(path, content))
    assert [row.path for row in api.file_list()[0].files] == [path]
    assert api.file_show(path)
    created(api.resource_dfn_create("withfile"))
    good(api.file_deploy(path, "withfile"))
    good(api.file_undeploy(path, "withfile"))
    good(api.resource_dfn_delete("withfile"))
    good(api.file_delete(path))
    refused(api.file_deploy("/nowhere", "withfile"))


def remotes(api, _uri):
    created(api.remote_create_s3("minio", "http://127.0.0.1:9", "eu", "bucket", "key", "secret"))
    good(api.remote_modify_s3("minio", bucket="other"))
    created(api.remote_create_linstor("peer", "http://127.0.0.1:8"))
    good(api.remote_modify_linstor("peer", url="http://127.0.0.1:7"))
    refused(api.remote_create_linstor("peer", "http://127.0.0.1:8"), consts.FAIL_EXISTS_REMOTE)
    listed = api.remote_list()[0]
    assert [row.remote_name for row in listed.s3_remotes] == ["minio"]
    assert [row.bucket for row in listed.s3_remotes] == ["other"]
    assert [row.url for row in listed.linstor_remotes] == ["http://127.0.0.1:7"]
    created(api.remote_create_ebs("cloud", "zone", "key", "secret"))
    good(api.remote_modify_ebs("cloud", region="eu"))
    good(api.remote_delete("cloud"))


def schedules(api, _uri):
    created(api.schedule_create("nightly", "0 2 * * *", keep_local=3, on_failure="RETRY"))
    good(api.schedule_modify("nightly", incremental_cron="0 * * * *", max_retries=2))
    assert [row.schedule_name for row in api.schedule_list().schedules] == ["nightly"]
    assert api.schedule_list_by_resource() is not None
    assert api.schedule_list_by_resource_details("any") is not None
    refused(api.schedule_create("wrong", "every night"))


def shipping_comes_later(api, _uri):
    refused(api.backup_create("minio", "web"))
    refused(api.backup_ship("peer", "web", "away"))
    refused(api.backup_restore("minio", "n1", "again", resource_name="web"))
    refused(api.backup_abort("minio", "web"))
    refused(api.backup_delete("minio", bak_id="web_back"))
    good(api.backup_schedule_enable("minio", "nightly"))
    good(api.backup_schedule_disable("minio", "nightly"))
    good(api.backup_schedule_delete("minio", "nightly"))
    assert api.backup_list("minio") and api.backup_info("minio", "web")
    assert api.backup_queue_list()
    good(api.schedule_delete("nightly"))
    good(api.remote_delete("minio"))
    good(api.remote_delete("peer"))


def token_in(replies):
    return good(replies)[0].object_refs["token"]


def tokens(api, uri):
    assert not api.controller_list_auth_tokens()[0].auth_tokens
    first = token_in(api.controller_init_auth_token("first", no_https=True))
    try:
        api.node_list()
        raise AssertionError("nodes are told to somebody without a token")
    except linstor.errors.LinstorApiCallError:
        pass
    known = linstor.Linstor(uri, auth_token=first)
    known.allow_insecure = True
    with known:
        assert known.node_list()
        second = token_in(known.controller_create_auth_token("second", ip_filter="127.0.0.1"))
        assert second != first
        good(known.controller_modify_auth_token(2, description="another", is_active=False))
        told = known.controller_list_auth_tokens()[0].auth_tokens
        assert [(row.id, row.description, row.is_active) for row in told] == [
            (1, "first", True),
            (2, "another", False),
        ], told
        refused(known.controller_modify_auth_token(7, description="nobody"))
        good(known.controller_delete_auth_token(2))
        # Without any token nobody needs one: what follows in the story has none.
        good(known.controller_delete_auth_token(1))
    assert api.node_list()


def reports(api, _uri):
    since = datetime.datetime.now() - datetime.timedelta(days=1)
    assert isinstance(api.error_report_list(with_content=True, since=since), list)
    good(api.error_report_delete(since=since))
    assert api.space_reporting_query()
    refused(api.controller_backupdb("today"))
    refused(api.controller_exportdb("today"))
    good(api.sos_report_create())
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "sos.tar.gz")
        good(api.sos_report_download(to_file=path))
        with open(path, "rb") as report:
            assert report.read(2) == b"\x1f\x8b", "it is not compressed"


CHAPTERS = (
    the_passphrase,
    key_value_stores,
    external_files,
    remotes,
    schedules,
    shipping_comes_later,
    tokens,
    reports,
)
