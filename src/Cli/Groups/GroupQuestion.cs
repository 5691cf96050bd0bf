using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Groups;

/// <summary>Asks about several groups, one after the other: one that cannot be told does not hide the others.</summary>
static class GroupQuestion
{
    /// <returns>What was told, and the exit code for all together.</returns>
    public static Task<(IReadOnlyList<T> Told, ExitCode ExitCode)> AskAsync<T>(ParsedArguments arguments, Terminal terminal, Func<AdminClient, string, CancellationToken, Task<T>> ask, CancellationToken stop)
    {
        var names = arguments.Has(GroupOptions.AllGroups) ? null : GroupOptions.RequiredNames(arguments);
        return AdminWork.AskAsync<(IReadOnlyList<T>, ExitCode)>(arguments, terminal, async (admin, token) =>
        {
            // Groups of other kinds have members that this command knows nothing of.
            names ??= [.. (await admin.Groups.ListAsync([], [], token).ConfigureAwait(false)).Where(group => group.Type is "" or "Classic" or "Consumer").Select(group => group.GroupId).Order(StringComparer.Ordinal)];
            var (told, failures) = (new List<T>(), new List<KafkaException>());
            foreach (var name in names)
            {
                try { told.Add(await ask(admin, name, token).ConfigureAwait(false)); }
                catch (KafkaException failure) when (names.Count > 1 && !ClientFailure.IsUnreachable(failure)) { failures.Add(failure); }
            }
            foreach (var failure in failures) terminal.Warn($"{failure.Message}.");
            return (told, failures.Count == 0 ? ExitCode.Success : told.Count == 0 ? ExitCode.Refused : ExitCode.Failed);
        }, stop);
    }
}
