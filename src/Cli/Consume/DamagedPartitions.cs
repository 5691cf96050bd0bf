using System.Globalization;
using System.Text.RegularExpressions;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Cli.Topics;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>
/// What a reader does about partitions that cannot be read, in whole or in part: asks the broker what is wrong, tells it, and finds the way past it.
/// </summary>
/// <param name="maySkip">Whether reading goes on behind what is damaged.</param>
public sealed partial class DamagedPartitions(IReadOnlyDictionary<string, string> settings, Terminal terminal, bool maySkip)
{
    /// <summary>In milliseconds: for an election that is under way, and for the question after it.</summary>
    const string Limit = "4000";

    /// <summary>Offsets in the words of a broker. Other numbers are positions in files, or names.</summary>
    [GeneratedRegex(@"\boffsets? (?<first>\d+)(?:(?: to | and |-)(?<last>\d+))?", RegexOptions.IgnoreCase)]
    private static partial Regex Offsets { get; }

    public bool MaySkip => maySkip;

    /// <summary>Something was not read that should have been.</summary>
    public bool WasMet { get; private set; }

    /// <summary>The partitions that can be read; of the others it is told why not.</summary>
    /// <exception cref="CommandException">None can be read.</exception>
    public async Task<IReadOnlyList<int>> WithoutOfflineAsync(string topic, IReadOnlyList<PartitionDescription> partitions, CancellationToken stop)
    {
        var leaderless = partitions.Where(partition => partition.Leader.Value < 0).Select(partition => new TopicPartition(topic, partition.Partition)).ToList();
        // Without a leader may also mean that one is being elected: then nobody has a reason to tell, and reading waits for it.
        var offline = (await AskAsync(leaderless, stop).ConfigureAwait(false)).Where(reason => reason.IsOffline).ToList();
        var readable = partitions.Select(partition => partition.Partition).Except(offline.Select(reason => reason.Partition.Partition)).Order().ToList();
        if (offline.Count == 0) return readable;
        if (readable.Count == 0) throw new CommandException(ExitCode.Damaged, $"{string.Join("; ", offline)}.", $"{offline[0].Remedy}.");
        foreach (var reason in offline) terminal.Warn($"{reason}.", reason.Remedy);
        WasMet = true;
        return readable;
    }

    /// <summary>What the broker says of a partition; null when it has nothing to say.</summary>
    public async Task<PartitionReason?> ReasonAsync(TopicPartition partition, CancellationToken stop) => (await AskAsync([partition], stop).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Where to read on, behind what is damaged. Tells what is left out.</summary>
    public async Task<TopicPartitionOffset> SkipAsync(ConsumeException failure, IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        WasMet = true;
        var place = failure.TopicPartitionOffset;
        var reason = await ReasonAsync(place.TopicPartition, stop).ConfigureAwait(false);
        var end = (await consumer.GetWatermarksAsync(place.TopicPartition, stop).ConfigureAwait(false)).High.Value;
        // One record is the least that is damaged; behind the end there is nothing to read.
        var next = Math.Min(reason is null ? place.Offset.Value + 1 : NextBehind(place.Offset.Value, reason.Text) ?? place.Offset.Value + 1, Math.Max(end, place.Offset.Value + 1));
        terminal.Warn($"{place.TopicPartition}: offsets {place.Offset} to {next - 1} are left out: {reason?.Text ?? failure.Message}");
        return new TopicPartitionOffset(place.TopicPartition, next);
    }

    public async Task<CommandException> ExplainedAsync(ConsumeException failure, CancellationToken stop)
    {
        var place = failure.TopicPartitionOffset;
        var reason = await ReasonAsync(place.TopicPartition, stop).ConfigureAwait(false);
        var next = reason is null ? null : NextBehind(place.Offset.Value, reason.Text);
        var way = next is { } offset ? $"--partition {place.Partition} --offset {offset} reads on behind it, --skip-damaged passes over it" : $"--partition {place.Partition} and an --offset behind it read on, --skip-damaged passes over it";
        return new CommandException(ExitCode.Damaged, $"{place}: {failure.Message}{(reason is null ? "" : $": {reason.Text}")}", $"{way}; 'semel log dump' on the broker's machine shows what is damaged.", failure);
    }

    /// <summary>
    /// The first offset behind a place, by the words of the broker; null when they name none. Of "offsets 2 to 3" nobody knows whether 3 is the last that is
    /// damaged or the first
    /// that is not: it is tried, unless 4 is named as well. Nothing that can be read is ever left out.
    /// </summary>
    public static long? NextBehind(long offset, string text)
    {
        var named = new SortedSet<long>();
        var lasts = new HashSet<long>();
        foreach (Match found in Offsets.Matches(text))
        {
            if (Number(found.Groups["first"]) is { } first) named.Add(first);
            if (Number(found.Groups["last"]) is not { } last) continue;
            named.Add(last);
            if (!found.Value.Contains(" and ", StringComparison.OrdinalIgnoreCase)) lasts.Add(last);
        }
        foreach (var next in named)
            if (next > offset) return lasts.Contains(next) && named.Contains(next + 1) ? next + 1 : next;
        return null;
    }

    static long? Number(Group digits) => long.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    Task<IReadOnlyList<PartitionReason>> AskAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken stop) => partitions.Count == 0
        ? Task.FromResult<IReadOnlyList<PartitionReason>>([])
        : AdminWork.WithAdminAsync(AdminSettings.Of(settings, Limit), terminal, givesUp: false, (admin, token) => PartitionReason.AskAsync(admin, partitions, token), stop);
}
