import com.linbit.linstor.api.ApiClient;
import com.linbit.linstor.api.ApiException;
import com.linbit.linstor.api.DevelopersApi;
import com.linbit.linstor.api.model.*;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A story through LINSTOR's Java library, unmodified, against a controller of ours: what CloudStack's
 * driver does, and then every method that reads.
 *
 * usage: Story http://host:port
 *
 * Needs a cluster without nodes whose satellites n1, n2 and n3 are running, each with the thin pool
 * vg0/thin. Prints a line for each problem, and at the end "called N".
 */
public final class Story {
    private static final long MIB = 1024;
    private static int called = 0;
    private static DevelopersApi api;

    public static void main(String[] args) {
        ApiClient client = new ApiClient();
        client.setBasePath(args[0]);
        client.setReadTimeout(60_000);
        api = new DevelopersApi(client);
        chapter("a cluster", Story::cluster);
        chapter("volumes", Story::volumes);
        chapter("snapshots", Story::snapshots);
        chapter("a clone", Story::cloned);
        chapter("access", Story::access);
        chapter("refusals", Story::refusals);
        sweep();
        chapter("the end", Story::end);
        System.out.println("called " + called);
    }

    private interface Chapter {
        void play() throws Exception;
    }

    private static void chapter(String name, Chapter chapter) {
        try {
            chapter.play();
        } catch (Exception | AssertionError error) {
            System.out.println(name + ": " + error);
        }
    }

    private static void check(boolean holds, Object what) {
        if (!holds) throw new AssertionError(String.valueOf(what));
    }

    private static void good(ApiCallRcList answers) {
        called += 1;
        check(!answers.isEmpty(), "no entries");
        for (ApiCallRc entry : answers) check(!entry.isError(), entry);
    }

    private static Properties props(String... pairs) {
        Properties props = new Properties();
        for (int i = 0; i < pairs.length; i += 2) props.put(pairs[i], pairs[i + 1]);
        return props;
    }

    private static void cluster() throws Exception {
        check(api.controllerVersion().getRestApiVersion().startsWith("1."), "version");
        for (int i = 1; i <= 3; i += 1) {
            NetInterface net = new NetInterface().name("default").address("10.0.0." + i);
            Node node = new Node().name("n" + i).type(Node.TypeEnum.SATELLITE);
            good(api.nodeAdd(node.addNetInterfacesItem(net)));
            StoragePool pool = new StoragePool().storagePoolName("thin");
            pool.providerKind(ProviderKind.LVM_THIN);
            good(api.nodeStoragePoolCreate("n" + i, pool.props(props("StorDriver/StorPoolName", "vg0/thin"))));
        }
        AutoSelectFilter filter = new AutoSelectFilter().placeCount(2).addStoragePoolListItem("thin");
        good(api.resourceGroupCreate(new ResourceGroup().name("cloudstack").selectFilter(filter)));
        good(api.volumeGroupCreate("cloudstack", new VolumeGroup()));
        ControllerPropsModify change = new ControllerPropsModify();
        good(api.controllerPropertyModify(change.overrideProps(props("Aux/cloud", "stack"))));
    }

    private static void volumes() throws Exception {
        ResourceGroupSpawn spawn = new ResourceGroupSpawn().resourceDefinitionName("cs-web");
        good(api.resourceGroupSpawn("cloudstack", spawn.addVolumeSizesItem(64 * MIB)));
        List<ResourceWithVolumes> rows =
            api.viewResources(null, List.of("cs-web"), null, null, null, null);
        check(rows.size() >= 2, rows);
        check(rows.get(0).getVolumes().get(0).getDevicePath().startsWith("/dev/drbd"), rows);
        ResourceDefinitionModify change = new ResourceDefinitionModify();
        good(api.resourceDefinitionModify("cs-web", change.overrideProps(props("Aux/cs-name", "root"))));
        good(api.volumeDefinitionModify("cs-web", 0, new VolumeDefinitionModify().sizeKib(96 * MIB)));
        List<ResourceDefinition> found =
            api.resourceDefinitionList(List.of("cs-web"), true, null, null, null);
        check(found.get(0).getProps().get("Aux/cs-name").equals("root"), found);
        check(found.get(0).getVolumeDefinitions().get(0).getSizeKib() == 96 * MIB, found);
    }

    private static void snapshots() throws Exception {
        good(api.resourceSnapshotCreate("cs-web", new Snapshot().name("daily")));
        CreateMultiSnapshotRequest both = new CreateMultiSnapshotRequest();
        good(api.createMultiSnapshot(both.addSnapshotsItem(new Snapshot().name("s2").resourceName("cs-web"))));
        check(api.resourceSnapshotList("cs-web", "daily").getFlags().contains("SUCCESSFUL"), "flags");
        ResourceDefinition restored = new ResourceDefinition().name("cs-back");
        good(api.resourceDefinitionCreate(new ResourceDefinitionCreate().resourceDefinition(restored)));
        SnapshotRestore to = new SnapshotRestore().toResource("cs-back");
        good(api.resourceSnapshotsRestoreVolumeDefinition("cs-web", "daily", to));
        good(api.resourceSnapshotRestore("cs-web", "daily", to));
        good(api.resourceSnapshotDelete("cs-web", "s2", null));
        good(api.resourceSnapshotRollback("cs-web", "daily"));
    }

    private static void cloned() throws Exception {
        ResourceDefinitionCloneRequest request = new ResourceDefinitionCloneRequest().name("cs-copy");
        check(api.resourceDefinitionClone("cs-web", request).getCloneName().equals("cs-copy"), "name");
        for (int i = 0; i < 240; i += 1) {
            ResourceDefinitionCloneStatus.StatusEnum status =
                api.resourceDefinitionCloneStatus("cs-web", "cs-copy").getStatus();
            check(status != ResourceDefinitionCloneStatus.StatusEnum.FAILED, status);
            if (status == ResourceDefinitionCloneStatus.StatusEnum.COMPLETE) return;
            Thread.sleep(250);
        }
        throw new AssertionError("it is not complete after a minute");
    }

    private static void access() throws Exception {
        for (int i = 1; i <= 3; i += 1) {
            good(api.resourceMakeAvailableOnNode("cs-web", "n" + i, new ResourceMakeAvailable()));
        }
        check(api.resourceList("cs-web", null, null).size() == 3, "three of them");
        ResourceConnectionModify two = new ResourceConnectionModify();
        two.overrideProps(props("DrbdOptions/Net/allow-two-primaries", "yes"));
        good(api.resourceConnectionModify("cs-web", "n1", "n2", two));
        KeyValueStoreModify kept = new KeyValueStoreModify().overrideProps(props("a/b", "1"));
        good(api.keyValueStoreModify("cs", kept));
    }

    private static void refusals() throws Exception {
        try {
            good(api.resourceGroupSpawn("nowhere", new ResourceGroupSpawn().resourceDefinitionName("x")));
            throw new AssertionError("it is not refused");
        } catch (ApiException refused) {
            check(refused.getCode() == 404, refused.getCode());
            check(refused.getApiCallRcList().get(0).isError(), refused.getApiCallRcList());
        }
    }

    private static void end() throws Exception {
        for (String name : List.of("cs-back", "cs-copy")) good(api.resourceDefinitionDelete(name));
        good(api.resourceSnapshotDelete("cs-web", "daily", null));
        good(api.resourceDefinitionDelete("cs-web"));
        good(api.keyValueStoreDelete("cs"));
        check(api.resourceDefinitionList(null, null, null, null, null).isEmpty(), "some are left");
    }

    /** What newer servers of LINSTOR do not have either, what never ends, and what needs a disk. */
    private static final String LEFT_OUT = ".*([Ee]xos|Shipping|Deploy|deploy|Undeploy|Events|download).*|wait.*"
        // The library expects lists there, as the document says; LINSTOR's server answers with one object.
        + "|resourceConnectionList|passphraseStatus|v1RemotesGet";

    /** Texts of methods that need some; all else is null, which is "not given". */
    private static final Map<String, Object[]> TEXTS = new HashMap<>();

    static {
        for (String name : List.of("netinterfaceList", "nodeStoragePoolList", "getPhysicalStorage",
            "satelliteConfig")) {
            TEXTS.put(name, new Object[] {"n1"});
        }
        for (String name : List.of("resourceList", "resourceConnectionsList", "resourceSnapshotsList",
            "volumeDefinitionList", "resourceDefinitionSyncStatus")) {
            TEXTS.put(name, new Object[] {"cs-web"});
        }
        TEXTS.put("keyValueStoreList", new Object[] {"cs"});
        TEXTS.put("nodeConnectionsList", new Object[] {"n1", "n2"});
        TEXTS.put("queryMaxVolumeSizeFromRscGrp", new Object[] {"cloudstack"});
        TEXTS.put("resourceDefinitionCloneStatus", new Object[] {"cs-web", "cs-copy"});
        TEXTS.put("resourceSnapshotList", new Object[] {"cs-web", "daily"});
        TEXTS.put("resourceVolumeList", new Object[] {"cs-web", "n1"});
        TEXTS.put("storagePoolDfnGet", new Object[] {"thin"});
        TEXTS.put("volumeGroupList", new Object[] {"cloudstack"});
        TEXTS.put("v1ViewSchedulesByResourceRscNameGet", new Object[] {"cs-web"});
        TEXTS.put("v1NodesNodeStoragePoolsPropertiesInfoGet", new Object[] {"n1"});
    }

    /** Every method that reads: the library has to make its objects of each answer. */
    private static void sweep() {
        for (Method method : DevelopersApi.class.getMethods()) {
            String name = method.getName();
            Class<?> type = method.getReturnType();
            boolean reads = method.getDeclaringClass() == DevelopersApi.class
                && type != void.class && type != ApiCallRcList.class && type != ApiClient.class
                && !name.matches(LEFT_OUT);
            boolean takesBody = Arrays.stream(method.getParameterTypes())
                .anyMatch(one -> one.getName().contains(".model."));
            if (!reads || takesBody) continue;
            try {
                Object answer = method.invoke(api, argumentsOf(method));
                called += 1;
                if (answer == null) System.out.println(name + ": nothing");
            } catch (InvocationTargetException thrown) {
                report(name, thrown.getCause());
            } catch (IllegalAccessException impossible) {
                report(name, impossible);
            }
        }
    }

    private static void report(String name, Throwable error) {
        boolean isRefusal = error instanceof ApiException && decodes((ApiException) error);
        if (!isRefusal) System.out.println(name + ": " + error);
    }

    /** True: it was refused in LINSTOR's own form; what is not there is told so, too. */
    private static boolean decodes(ApiException error) {
        List<ApiCallRc> entries = new ArrayList<>();
        if (error.getApiCallRcList() != null) entries.addAll(error.getApiCallRcList());
        if (entries.isEmpty() || !entries.get(0).isError()) return false;
        called += 1;
        return !TEXTS.containsKey(error.getStackTrace()[0].getMethodName());
    }

    private static Object[] argumentsOf(Method method) {
        Class<?>[] types = method.getParameterTypes();
        Object[] given = TEXTS.getOrDefault(method.getName(), new Object[0]);
        Object[] all = new Object[types.length];
        int text = 0;
        for (int i = 0; i < types.length; i += 1) {
            if (types[i] != String.class) continue;
            boolean isNeeded = !method.getName().startsWith("errorReportList")
                && !method.getName().equals("v1ViewSchedulesByResourceGet");
            all[i] = text < given.length ? given[text] : isNeeded ? "none" : null;
            text += 1;
        }
        return all;
    }
}
