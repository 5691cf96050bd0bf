using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Semel.Broker.Hosting;
using Semel.Testing;

namespace Semel.Cli.Tests.Connecting;

/// <summary>A command that cannot do its work says within ten seconds why, and ends with the exit code of that.</summary>
public sealed class SilentCommandTests
{
    const string Reason = "the file 00000000000000000000.log cannot be read from position 512 on; restore it, or delete the topic";

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    static async Task<RunResult> WithinLimitAsync(Task<RunResult> running)
    {
        var clock = Stopwatch.StartNew();
        var result = await running;
        Assert.True(clock.Elapsed < Limit, $"it took {clock.Elapsed}: {result.Error}");
        return result;
    }

    static Task<RunResult> RunAsync(string bootstrap, string[] arguments) => WithinLimitAsync(RunResult.OfAsync([.. arguments, "-b", bootstrap], "x\n", [], null, CancellationToken.None));

    [Fact]
    public async Task An_advertised_name_that_nobody_knows_is_named_by_every_command_that_needs_it()
    {
        await using var broker = await InProcessBroker.StartAsync(new BrokerOptions { AdvertisedHost = "no.such.host.invalid", AdvertisedPort = 29 });
        await broker.CreateTopicAsync("t");
        var bootstrap = broker.Broker.EndPoint.ToString();
        string[][] commands = [["produce", "-t", "t"], ["produce", "-t", "t", "--json"], ["consume", "-t", "t", "-e"], ["consume", "-t", "t"], ["consume", "-t", "t", "-o", "-5"], ["topics", "describe", "t"], ["topics", "create", "other"], ["topics", "delete", "t"],
            ["transactions", "list"], ["transactions", "describe", "x"], ["transactions", "describe-producers", "--topic", "t", "--partition", "0"], ["transactions", "abort", "--transactional-id", "x"], ["groups", "list"], ["groups", "describe", "g"], ["groups", "delete", "g"]];
        foreach (var result in await Task.WhenAll(commands.Select(command => RunAsync(bootstrap, command))))
        {
            Assert.True(result.ExitCode == ExitCode.CannotConnect, $"{result.ExitCode}: {result.Error}");
            Assert.Contains("the name no.such.host.invalid cannot be looked up", result.Error);
        }
        Assert.Equal(ExitCode.Success, (await RunAsync(bootstrap, ["topics", "list"])).ExitCode);
    }

    [Fact]
    public async Task A_bootstrap_name_that_nobody_knows_is_named()
    {
        foreach (var result in await Task.WhenAll(((string[][])[["produce", "-t", "t"], ["consume", "-t", "t"], ["topics", "list"], ["groups", "list"], ["transactions", "list"]]).Select(command => RunAsync("no.such.host.invalid:29", command))))
        {
            Assert.Equal(ExitCode.CannotConnect, result.ExitCode);
            Assert.Contains("no.such.host.invalid:29", result.Error);
        }
    }

    [Fact]
    public async Task Somebody_who_takes_connections_and_says_nothing_is_told_of()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        string[][] commands = [["produce", "-t", "t"], ["consume", "-t", "t"], ["topics", "list"], ["topics", "create", "t"], ["groups", "list"], ["groups", "delete", "g"], ["transactions", "list"], ["transactions", "abort", "--transactional-id", "x"]];
        foreach (var result in await Task.WhenAll(commands.Select(command => RunAsync(mute.LocalEndpoint.ToString()!, command))))
        {
            Assert.Equal(ExitCode.CannotConnect, result.ExitCode);
            Assert.Contains(mute.LocalEndpoint.ToString()!, result.Error);
        }
    }

    [Fact]
    public async Task An_offline_partition_is_told_with_its_reason_by_every_command_that_needs_it()
    {
        await using var broker = await AlteredBroker.StartAsync();
        await broker.Broker.CreateTopicAsync("t");
        broker.TakeOffline(Reason, 0);
        string[][] commands = [["produce", "-t", "t"], ["produce", "-t", "t", "-p", "0", "--json"], ["consume", "-t", "t", "-e"], ["consume", "-t", "t"], ["topics", "describe", "t"], ["topics", "describe"], ["topics", "describe", "t", "--json"]];
        foreach (var result in await Task.WhenAll(commands.Select(command => WithinLimitAsync(broker.RunWithInputAsync("x\n", command)))))
        {
            Assert.Equal(ExitCode.Damaged, result.ExitCode);
            Assert.Contains(Reason, result.Error);
            Assert.Contains("'semel topics delete t'", result.Error);
        }
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "delete", "t")).ExitCode);
        Assert.Equal("", (await broker.RunAsync("topics", "list")).Output);
    }

    [Fact]
    public async Task A_description_shows_an_offline_partition_without_a_leader_and_the_others_as_they_are()
    {
        await using var broker = await AlteredBroker.StartAsync();
        await broker.Broker.CreateTopicAsync("t", 2);
        Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync("x\n", "produce", "-t", "t", "-p", "1")).ExitCode);
        broker.TakeOffline(Reason, 0);
        var text = await broker.RunAsync("topics", "describe", "t");
        Assert.Equal(["0", "none", "1"], text.Lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["1", "1", "1", "1", "0", "1", "1"], text.Lines[3].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"t-0: offline: {Reason}.", text.Error);
        var json = System.Text.Json.JsonDocument.Parse((await broker.RunAsync("topics", "describe", "t", "--json")).Output).RootElement[0].GetProperty("partitions");
        Assert.Equal((-1, "LeaderNotAvailable", $"offline: {Reason}"), (json[0].GetProperty("leader").GetInt32(), json[0].GetProperty("error").GetString(), json[0].GetProperty("reason").GetString()));
        Assert.False(json[1].TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Beside_an_offline_partition_the_others_are_read_and_the_exit_code_says_that_not_all_was()
    {
        await using var broker = await AlteredBroker.StartAsync();
        await broker.Broker.CreateTopicAsync("t", 2);
        await broker.RunWithInputAsync("x\n", "produce", "-t", "t", "-p", "1");
        broker.TakeOffline(Reason, 0);
        var result = await WithinLimitAsync(broker.RunAsync("consume", "-t", "t", "-e"));
        Assert.Equal((ExitCode.Damaged, "x\n"), (result.ExitCode, result.Output));
        Assert.Contains($"t-0 is offline: {Reason}", result.Error);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("consume", "-t", "t", "-e", "-p", "1")).ExitCode);
    }
}
