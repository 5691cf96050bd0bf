using Semel.Client.Connections;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;

namespace Semel.Client.Configuration;

/// <summary>The relations between the keys of a group's member, and the options that come out of them.</summary>
internal static class GroupConfigRules
{
    /// <summary>What means something to members only.</summary>
    static readonly string[] OfMembers =
    [
        "group.instance.id", "group.protocol", "group.remote.assignor", "partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms",
        "auto.commit.interval.ms", "auto.offset.store.timing", "auto.offset.reset.new.partitions",
    ];

    /// <summary>Java's names of the strategies are those of classes.</summary>
    static readonly Dictionary<string, PartitionAssignmentStrategy> Classes = new(StringComparer.Ordinal)
    {
        ["RangeAssignor"] = PartitionAssignmentStrategy.Range, ["RoundRobinAssignor"] = PartitionAssignmentStrategy.RoundRobin,
        ["StickyAssignor"] = PartitionAssignmentStrategy.Sticky, ["CooperativeStickyAssignor"] = PartitionAssignmentStrategy.CooperativeSticky,
    };

    public static bool HasGroup(ConfigDraft draft) => !string.IsNullOrWhiteSpace(draft.Text("group.id"));

    /// <exception cref="KafkaConfigException">A combination is refused.</exception>
    public static void Check(ConfigDraft draft)
    {
        if (!HasGroup(draft))
        {
            if (draft.IsSet("enable.auto.commit") && draft.Flag("enable.auto.commit"))
                throw draft.Refuse($"{draft.Given("enable.auto.commit")} needs a group to commit for: set group.id, or remove the key", "enable.auto.commit");
            draft.Imply("enable.auto.commit", false);
            foreach (var name in OfMembers)
                if (draft.IsSet(name)) draft.Values.Ignore(name);
            return;
        }
        CheckTimes(draft);
        _ = Strategies(draft);
        GroupProtocolRule.Check(draft);
        if (draft.IsSet("auto.offset.store.timing") && !draft.Flag("enable.auto.offset.store"))
            throw draft.Refuse($"{draft.Given("auto.offset.store.timing")} says when a record is finished by itself, and {draft.Given("enable.auto.offset.store")} says that none is: remove one of them",
                "auto.offset.store.timing", "enable.auto.offset.store");
    }

    /// <summary>A session that ends before a few heartbeats had the time to get lost would end by chance.</summary>
    static void CheckTimes(ConfigDraft draft)
    {
        var (session, heartbeat) = (draft.Duration("session.timeout.ms"), draft.Duration("heartbeat.interval.ms"));
        if (session >= 3 * heartbeat) return;
        if (draft.IsSet("heartbeat.interval.ms"))
            throw draft.Refuse($"{draft.Given("session.timeout.ms")} is less than three times {draft.Given("heartbeat.interval.ms")}: a single heartbeat that is late would end the session. "
                + $"Set session.timeout.ms to at least {3 * heartbeat.TotalMilliseconds:0}, or heartbeat.interval.ms to at most {Math.Max(1, session.TotalMilliseconds / 3):0}", "session.timeout.ms", "heartbeat.interval.ms");
        draft.Adjust("heartbeat.interval.ms", TimeSpan.FromMilliseconds(Math.Max(1, Math.Floor(session.TotalMilliseconds / 3))), "it has to fit into session.timeout.ms three times");
    }

    static List<PartitionAssignmentStrategy> Strategies(ConfigDraft draft)
    {
        var strategies = new List<PartitionAssignmentStrategy>();
        foreach (var name in draft.Values.List("partition.assignment.strategy"))
        {
            if ((AssignmentStrategies.Find(name.ToLowerInvariant()) ?? (Classes.TryGetValue(name[(name.LastIndexOf('.') + 1)..], out var known) ? known : null)) is not { } strategy)
                throw draft.Refuse($"{draft.Given("partition.assignment.strategy")}: '{name}' is no strategy that this client has; they are {string.Join(", ", AssignmentStrategies.All)}", "partition.assignment.strategy");
            if (!strategies.Contains(strategy)) strategies.Add(strategy);
        }
        return strategies.Count > 0 ? strategies : throw draft.Refuse($"partition.assignment.strategy names none of {string.Join(", ", AssignmentStrategies.All)}", "partition.assignment.strategy");
    }

    /// <returns>Null without group.id.</returns>
    public static GroupOptions? Options(ConfigDraft draft, ConnectionOptions connections, bool allowAutoCreate)
    {
        if (!HasGroup(draft)) return null;
        var values = draft.Values;
        return new GroupOptions
        {
            GroupId = values.Text("group.id")!,
            InstanceId = values.Text("group.instance.id") is { Length: > 0 } instance ? instance : null,
            Protocol = GroupProtocolRule.Choose(draft),
            OnlyClassicKeys = GroupProtocolRule.OnlyClassic(draft),
            RemoteAssignor = values.Text("group.remote.assignor"),
            Strategies = Strategies(draft),
            SessionTimeout = draft.Duration("session.timeout.ms"),
            HeartbeatInterval = draft.Duration("heartbeat.interval.ms"),
            MaxPollInterval = values.Duration("max.poll.interval.ms"),
            Rack = values.Text("client.rack"),
            AllowAutoCreate = allowAutoCreate,
            Retrying = connections.Retrying,
            ApiTimeout = values.Duration("default.api.timeout.ms"),
        };
    }
}
