using Semel.Cli.Connecting;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>Finds out which offsets a reset gives.</summary>
static class ResetPlan
{
    /// <param name="partitions">Null for those that the group has offsets of.</param>
    /// <param name="tell">Takes what is to be told about single partitions.</param>
    /// <exception cref="CommandException">A partition cannot be reset so, or is not there.</exception>
    public static async Task<IReadOnlyDictionary<TopicPartition, long>> MakeAsync(AdminClient admin, string group, IReadOnlyList<TopicPartition>? partitions, ResetTarget target, Action<string> tell, CancellationToken stop)
    {
        var committed = await admin.Groups.OffsetsAsync(group, stop).ConfigureAwait(false);
        partitions ??= [.. committed.Keys.InOrder(partition => partition)];
        if (partitions.Count == 0) throw new CommandException(ExitCode.Refused, $"group '{group}' has no offsets, so --all-topics means nothing.", "Name the topics by --topic.");
        var starts = await ListAsync(admin, partitions, OffsetSpec.Earliest, stop).ConfigureAwait(false);
        var ends = await ListAsync(admin, partitions, OffsetSpec.Latest, stop).ConfigureAwait(false);
        var times = target.Kind == ResetKind.Time ? await ListAsync(admin, partitions, OffsetSpec.At(new Timestamp(target.Number)), stop).ConfigureAwait(false) : [];
        var plan = new Dictionary<TopicPartition, long>();
        foreach (var partition in partitions)
        {
            long? atTime = times.TryGetValue(partition, out var found) && found >= 0 ? found : null;
            var (offset, remark) = ResetRule.Decide(target, new ResetFacts(partition, committed.GetValueOrDefault(partition)?.Offset, starts[partition], ends[partition], atTime));
            if (offset is null) throw new CommandException(ExitCode.Refused, $"{remark}.", "Name other partitions by --topic, or another place.");
            if (remark is not null) tell($"{remark}.");
            plan[partition] = offset.Value;
        }
        return plan;
    }

    /// <summary>Offsets of a file are held against the partitions there are, as those of the command line are.</summary>
    public static async Task<IReadOnlyDictionary<TopicPartition, long>> FromFileAsync(AdminClient admin, IReadOnlyDictionary<TopicPartition, long> offsets, Action<string> tell, CancellationToken stop)
    {
        var partitions = await GroupScope.ResolveAsync(admin, [.. offsets.Keys.GroupBy(partition => partition.Topic).Select(topic => (topic.Key, (IReadOnlyList<int>?)[.. topic.Select(one => one.Partition)]))], stop).ConfigureAwait(false);
        var starts = await ListAsync(admin, partitions, OffsetSpec.Earliest, stop).ConfigureAwait(false);
        var ends = await ListAsync(admin, partitions, OffsetSpec.Latest, stop).ConfigureAwait(false);
        var plan = new Dictionary<TopicPartition, long>();
        foreach (var partition in partitions)
        {
            var (offset, remark) = ResetRule.Decide(new ResetTarget(ResetKind.Offset, offsets[partition]), new ResetFacts(partition, null, starts[partition], ends[partition], null));
            if (remark is not null) tell($"{remark}.");
            plan[partition] = offset!.Value;
        }
        return plan;
    }

    static async Task<Dictionary<TopicPartition, long>> ListAsync(AdminClient admin, IReadOnlyList<TopicPartition> partitions, OffsetSpec spec, CancellationToken stop)
    {
        var listed = await admin.ListOffsetsAsync([.. partitions.Select(partition => (partition, spec))], cancellation: stop).ConfigureAwait(false);
        if (listed.FirstOrDefault(result => !result.IsSuccess) is { } failed) throw ClientFailure.Of(failed.Failure!, failed.Item.Topic);
        return listed.ToDictionary(result => result.Item, result => result.Value!.Offset == Offset.Unset ? -1 : result.Value.Offset.Value);
    }
}
