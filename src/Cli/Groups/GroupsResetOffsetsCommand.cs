using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Groups;

public sealed class GroupsResetOffsetsCommand : Command
{
    static readonly Option AllTopics = new("--all-topics", null, "every partition that the group has an offset of");
    static readonly Option Earliest = new("--to-earliest", null, "to the first record that is kept");
    static readonly Option Latest = new("--to-latest", null, "behind the last record");
    static readonly Option Current = new("--to-current", null, "to the offset that the group has");
    static readonly Option<long> To = new("--to-offset", "N", "to this offset", OptionType.Number(0));
    static readonly Option<long> Shift = new("--shift-by", "N", "forward by N offsets, or back when it is negative", OptionType.Number(-long.MaxValue));
    static readonly Option<DateTimeOffset> Time = new("--to-datetime", "TIME", "to the first record of this time or later, such as 2026-01-31T12:00:00.000", ResetTarget.ReadTime);
    static readonly Option<TimeSpan> Ago = new("--by-duration", "DURATION", "to the first record that is not older, such as P7D or PT12H30M", ResetTarget.ReadDuration);
    static readonly Option FromFile = new("--from-file", "FILE", "to the offsets of a file with lines of topic,partition,offset") { Completes = Completes.File };
    static readonly Option Export = new("--export", null, "print lines that --from-file takes");
    static readonly Option Execute = new("--execute", null, "commit the offsets; without it they are only shown");
    static readonly Option DryRun = new("--dry-run", null, "only show them, which is what happens without --execute");

    static readonly Option[] Targets = [Earliest, Latest, Current, To, Shift, Time, Ago, FromFile];

    public override Syntax Syntax { get; } = new("groups reset-offsets", "set where a group without members reads on")
    {
        Operands = new Operands("GROUP", 0, 1, "the group; one that does not exist is made") { Completes = Completes.Group },
        Options = [GroupOptions.Group, GroupOptions.Topic, AllTopics, .. Targets, Export, Execute, DryRun, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes = ["A group with members is refused: they would commit their own offsets over these. An offset that lies outside of its partition becomes its beginning or its end, and that is told."],
        Examples = ["semel groups reset-offsets billing --topic orders --to-earliest --execute", "semel groups --reset-offsets --group billing --all-topics --by-duration PT1H --dry-run"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var group = GroupOptions.RequiredName(arguments);
        Require(arguments);
        var scope = GroupOptions.Scope(arguments);
        var file = arguments.Text(FromFile) is { } path ? OffsetFile.Read(terminal, path, group, stop) : null;
        var target = Target(arguments, terminal);
        var told = new List<string>();
        var plan = await AdminWork.AskAsync(arguments, terminal, async (admin, token) =>
        {
            await RequireWithoutMembersAsync(admin, group, token).ConfigureAwait(false);
            return file is not null ? await ResetPlan.FromFileAsync(admin, file, told.Add, token).ConfigureAwait(false)
                : await ResetPlan.MakeAsync(admin, group, scope.Count > 0 ? await GroupScope.ResolveAsync(admin, scope, token).ConfigureAwait(false) : null, target, told.Add, token).ConfigureAwait(false);
        }, stop).ConfigureAwait(false);
        foreach (var sentence in told) terminal.Warn(sentence);
        var exitCode = arguments.Has(Execute) ? await CommitAsync(arguments, terminal, group, plan, stop).ConfigureAwait(false) : ExitCode.Success;
        Print(arguments, terminal, group, plan);
        if (!arguments.Has(Execute) && !arguments.Has(DryRun) && !arguments.Has(Export)) terminal.Warn("nothing was changed: add --execute to commit these offsets.");
        return exitCode;
    }

    static void Require(ParsedArguments arguments)
    {
        var given = Targets.Where(arguments.Has).ToList();
        if (given.Count == 0) throw CommandException.Usage("'semel groups reset-offsets' needs to know where to.", $"Give one of {string.Join(", ", Targets.Select(option => option.Name))}.");
        if (given.Count > 1) throw CommandException.Usage($"{given[0].Name} and {given[1].Name} were both given.", "Give one place.");
        if (arguments.Has(Execute) && arguments.Has(DryRun)) throw CommandException.Usage("--execute and --dry-run were both given.");
        var hasScope = arguments.Has(GroupOptions.Topic) || arguments.Has(AllTopics);
        if (!hasScope && !arguments.Has(FromFile)) throw CommandException.Usage("'semel groups reset-offsets' needs to know which partitions.", "Give --topic TOPIC, --topic TOPIC:0,2 or --all-topics.");
        if (hasScope && arguments.Has(FromFile)) throw CommandException.Usage("--from-file names the partitions by itself.", "Leave --topic and --all-topics out.");
        if (arguments.Has(GroupOptions.Topic) && arguments.Has(AllTopics)) throw CommandException.Usage("--topic and --all-topics were both given.", "Give one of them.");
    }

    static ResetTarget Target(ParsedArguments arguments, Terminal terminal)
    {
        if (arguments.Has(Earliest)) return new(ResetKind.Earliest);
        if (arguments.Has(Latest)) return new(ResetKind.Latest);
        if (arguments.Find(To) is { } offset) return new(ResetKind.Offset, offset);
        if (arguments.Find(Shift) is { } shift) return new(ResetKind.Shift, shift);
        if (arguments.Find(Time) is { } time) return new(ResetKind.Time, time.ToUnixTimeMilliseconds());
        if (arguments.Find(Ago) is { } ago) return new(ResetKind.Time, Math.Max(0, (terminal.Time.GetUtcNow() - ago).ToUnixTimeMilliseconds()));
        return new(ResetKind.Current);
    }

    static async Task RequireWithoutMembersAsync(AdminClient admin, string group, CancellationToken stop)
    {
        try
        {
            var described = await admin.Groups.DescribeAsync(group, stop).ConfigureAwait(false);
            if (described.Members.Count > 0 || described.State is not ("Empty" or "Dead"))
                throw new CommandException(ExitCode.Refused, $"group '{group}' has members (its state is {described.State}): they would commit their own offsets over these.", $"Stop them first: 'semel groups members {group}' shows them.");
        }
        catch (KafkaException absent) when (absent.Error.Code == ErrorCode.GroupIdNotFound)
        {
            // It comes to be with its first offset.
        }
    }

    static async Task<ExitCode> CommitAsync(ParsedArguments arguments, Terminal terminal, string group, IReadOnlyDictionary<TopicPartition, long> plan, CancellationToken stop)
    {
        var committed = await AdminWork.ChangeAsync(arguments, terminal, "the offsets may have been set, or not", $"'semel groups describe {group}' shows them.", (admin, token) => admin.Groups.CommitAsync(group, plan, token), stop).ConfigureAwait(false);
        foreach (var failed in committed.Where(result => !result.IsSuccess)) terminal.Warn($"{failed.Failure!.Message}");
        var failures = committed.Count(result => !result.IsSuccess);
        return failures == 0 ? ExitCode.Success : failures == committed.Count ? ExitCode.Refused : ExitCode.Failed;
    }

    static void Print(ParsedArguments arguments, Terminal terminal, string group, IReadOnlyDictionary<TopicPartition, long> plan)
    {
        var rows = plan.InOrder(row => row.Key).ToList();
        if (arguments.Has(Export) && !arguments.WantsJson())
        {
            foreach (var (partition, offset) in rows) terminal.Output.WriteLine(OffsetFile.Line(partition, offset));
            return;
        }
        new Report<KeyValuePair<TopicPartition, long>>(
            new("GROUP", "group", _ => group),
            new("TOPIC", "topic", row => row.Key.Topic),
            new("PARTITION", "partition", row => row.Key.Partition),
            new("NEW-OFFSET", "newOffset", row => row.Value)).Write(terminal.Output, arguments.WantsJson(), rows);
    }
}
