using System.Text.Json;
using Semel.Broker.Hosting;
using Semel.Machines.Groups;
using Semel.Testing;

namespace Semel.Cli.Tests;

/// <summary>A broker in this process, and command lines that are run against it. Each test has topics of its own.</summary>
public sealed class WithBroker : IAsyncLifetime
{
    InProcessBroker? _broker;

    public async Task InitializeAsync() => _broker = await InProcessBroker.StartAsync(new BrokerOptions { AutoCreateTopics = false, Groups = GroupOptions.Default with { InitialRebalanceDelay = TimeSpan.Zero } });

    public Task DisposeAsync() => _broker!.DisposeAsync().AsTask();

    public InProcessBroker Broker => _broker!;

    public Task<RunResult> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    public Task<RunResult> RunWithInputAsync(string input, params string[] arguments) =>
        RunResult.OfAsync(arguments, input, new() { ["SEMEL_BOOTSTRAP_SERVERS"] = Broker.BootstrapServers }, workingDirectory: null, CancellationToken.None);

    /// <param name="stop">Interrupts the command, as Ctrl-C does.</param>
    public Task<RunResult> RunUntilAsync(CancellationToken stop, string input, params string[] arguments) =>
        RunResult.OfAsync(arguments, input, new() { ["SEMEL_BOOTSTRAP_SERVERS"] = Broker.BootstrapServers }, workingDirectory: null, stop);

    /// <summary>The same where something may be told beside the answer.</summary>
    public async Task<JsonElement> JsonWithWordsAsync(params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == ExitCode.Success, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.Equal("", result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
