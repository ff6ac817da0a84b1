package main

import (
	"io"
	"time"

	"github.com/LINBIT/golinstor/client"
)

func connections(c *caller) {
	c.call(good, "Connections.SetNodeConnection", "n1", "n3", set("DrbdOptions/Net/max-buffers", "9000"))
	between, _ := c.call(good, "Connections.GetNodeConnections", "n1", "n3").([]client.Connection)
	c.check(len(between) == 1, "%d connections", len(between))
	c.call(good, "Connections.SetResourceConnection", "web", "n1", "n3", set("DrbdOptions/Net/max-buffers", "8000"))
	c.call(good, "Connections.GetResourceConnections", "web")
	one, _ := c.call(good, "Connections.GetResourceConnection", "web", "n1", "n3").(*client.Connection)
	c.check(one != nil && one.Props["DrbdOptions/Net/max-buffers"] == "8000", "it is %+v", one)
	c.call(good, "Resources.ModifyConnection", "web", "n1", "n3", set("DrbdOptions/Net/timeout", "60"))
	c.call(good, "Resources.GetConnections", "web", "", "")
	c.call(refused, "Resources.EnableDRBDProxy", "web", "n1", "n3")
	c.call(refused, "Resources.ModifyDRBDProxy", "web", client.DrbdProxyModify{CompressionType: "zlib"})
	c.call(refused, "Resources.DisableDRBDProxy", "web", "n1", "n3")
	stream, _ := c.call(good, "Events.DRBDPromotion", "current").(*client.DRBDMayPromoteStream)
	if stream == nil {
		return
	}
	// Not closed: the library's Close panics when an event comes at that moment.
	select {
	case event := <-stream.Events:
		c.check(event.ResourceName == "web", "the event is of %q", event.ResourceName)
	case <-time.After(10 * time.Second):
		c.fail("no event of promotion came")
	}
}

func snapshots(c *caller) {
	c.call(good, "Resources.CreateSnapshot", client.Snapshot{Name: "s1", ResourceName: "web"})
	c.call(refused, "Resources.CreateSnapshot", client.Snapshot{Name: "s1", ResourceName: "web"})
	c.call(good, "Resources.CreateSnapshots", client.Snapshot{Name: "s2", ResourceName: "web"})
	one, _ := c.call(good, "Resources.GetSnapshot", "web", "s1").(client.Snapshot)
	c.check(len(one.Snapshots) > 0 && one.Snapshots[0].CreateTimestamp != nil, "it is %+v", one)
	c.check(len(one.VolumeDefinitions) == 1 && one.VolumeDefinitions[0].SizeKib == 128*mib, "its volume is wrong")
	c.call(missing, "Resources.GetSnapshot", "web", "none")
	c.call(good, "Resources.GetSnapshots", "web")
	view, _ := c.call(good, "Resources.GetSnapshotView", &client.ListOpts{Resource: []string{"web"}}).([]client.Snapshot)
	c.check(len(view) == 2, "%d snapshots", len(view))
	c.call(good, "ResourceDefinitions.Create", client.ResourceDefinitionCreate{ResourceDefinition: client.ResourceDefinition{Name: "restored"}})
	to := client.SnapshotRestore{ToResource: "restored"}
	c.call(good, "Resources.RestoreVolumeDefinitionSnapshot", "web", "s1", to)
	c.call(good, "Resources.RestoreSnapshot", "web", "s1", to)
	c.call(good, "Resources.DeleteSnapshot", "web", "s2")
	c.call(good, "Resources.RollbackSnapshot", "web", "s1")
	c.call(missing, "ResourceDefinitions.CloneStatus", "web", "copy")
	started, _ := c.call(good, "ResourceDefinitions.Clone", "web", client.ResourceDefinitionCloneRequest{Name: "copy"}).(client.ResourceDefinitionCloneStarted)
	c.check(started.CloneName == "copy" && started.Location != "", "it is %+v", started)
	c.until("the clone is complete", func() bool {
		status, _ := c.call(good, "ResourceDefinitions.CloneStatus", "web", "copy").(client.ResourceDefinitionCloneStatus)
		return string(status.Status) == "COMPLETE"
	})
	c.call(good, "Resources.DeleteSnapshot", "web", "s1")
	for _, name := range []string{"restored", "copy"} {
		c.call(good, "ResourceDefinitions.Delete", name)
	}
}

func kept(c *caller) {
	c.call(good, "KeyValueStore.CreateOrModify", "settings", set("a/b", "1"))
	kv, _ := c.call(good, "KeyValueStore.Get", "SETTINGS").(*client.KV)
	c.check(kv != nil && kv.Props["a/b"] == "1", "it is %+v", kv)
	c.call(good, "KeyValueStore.List")
	c.call(good, "KeyValueStore.Delete", "settings")
	c.call(missing, "KeyValueStore.Get", "settings")
	path := "/etc/drbd-reactor.d/varve gateway.toml"
	c.call(good, "Controller.ModifyExternalFile", path, client.ExternalFile{Path: path, Content: []byte{0, 1, 255}})
	file, _ := c.call(good, "Controller.GetExternalFile", path).(client.ExternalFile)
	c.check(string(file.Content) == "\x00\x01\xff", "its content is %v", file.Content)
	c.call(good, "Controller.GetExternalFiles", &client.ListOpts{Content: true})
	c.call(good, "Controller.CheckExternalFile", path, "n1")
	c.call(good, "ResourceDefinitions.AttachExternalFile", "web", path)
	c.call(good, "ResourceDefinitions.DetachExternalFile", "web", path)
	c.call(good, "Controller.DeleteExternalFile", path)
	c.call(good, "ResourceDefinitions.DeleteVolumeDefinition", "web", 0)
	c.call(good, "ResourceDefinitions.Delete", "web")
	c.call(good, "Encryption.Create", client.Passphrase{NewPassphrase: "a passphrase"})
	c.call(refused, "Encryption.Create", client.Passphrase{NewPassphrase: "another"})
	c.call(good, "Encryption.Modify", client.Passphrase{OldPassphrase: "a passphrase", NewPassphrase: "the next"})
	c.call(good, "Encryption.Enter", "the next")
	c.call(good, "Controller.GetErrorReports")
	c.call(good, "Controller.GetErrorReportsSince", time.Now().Add(-time.Hour))
	// After a 404 the library takes the first of no reports.
	c.call(fatal, "Controller.GetErrorReport", "00000000-00000-000000")
	c.call(good, "Controller.DeleteErrorReports", client.ErrorReportDelete{Version: "none"})
	c.call(good, "Controller.CreateSOSReport")
	c.call(good, "Controller.DownloadSOSReport", nowhere{})
}

type nowhere struct{}

func (nowhere) Write(bytes []byte) (int, error) { return io.Discard.Write(bytes) }
func (nowhere) Close() error                    { return nil }

func shipping(c *caller) {
	c.call(good, "Remote.CreateS3", client.S3Remote{
		RemoteName: "minio", Endpoint: "http://127.0.0.1:9", Bucket: "b", Region: "eu", AccessKey: "k", SecretKey: "s",
	})
	c.call(good, "Remote.ModifyS3", "minio", client.S3Remote{Bucket: "other"})
	c.call(good, "Remote.GetAllS3")
	c.call(good, "Remote.CreateLinstor", client.LinstorRemote{RemoteName: "peer", Url: "http://127.0.0.1:8"})
	c.call(good, "Remote.ModifyLinstor", "peer", client.LinstorRemote{Url: "http://127.0.0.1:7"})
	c.call(good, "Remote.GetAllLinstor")
	c.call(refused, "Remote.CreateEbs", client.EbsRemote{RemoteName: "cloud", AvailabilityZone: "zone"})
	c.call(missing, "Remote.ModifyEbs", "cloud", client.EbsRemote{Region: "eu"})
	c.call(good, "Remote.GetAllEbs")
	all, _ := c.call(good, "Remote.GetAll").(client.RemoteList)
	c.check(len(all.S3Remotes) == 1 && len(all.LinstorRemotes) == 1, "they are %+v", all)
	c.call(refused, "Backup.Create", "minio", client.BackupCreate{RscName: "web"})
	c.call(good, "Backup.GetAll", "minio", "", "")
	c.call(missing, "Backup.Info", "minio", client.BackupInfoRequest{SrcRscName: "web"})
	c.call(refused, "Backup.Ship", "peer", client.BackupShipRequest{SrcRscName: "web", DstRscName: "away"})
	c.call(refused, "Backup.Restore", "minio", client.BackupRestoreRequest{TargetRscName: "again", NodeName: "n1"})
	c.call(refused, "Backup.Abort", "minio", client.BackupAbortRequest{RscName: "web"})
	c.call(refused, "Backup.DeleteAll", "minio", client.BackupDeleteOpts{ID: "web_back"})
	c.call(good, "Remote.Delete", "minio")
	c.call(good, "Remote.Delete", "peer")
}
