using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Tests.Serve;

/// <summary>The broker as a process that may have few files open: more partitions and more connections than there are descriptors.</summary>
public sealed class FewDescriptorsTests : IDisposable
{
    const int Limit = 256, Topics = 4, PartitionsEach = 50, Connections = 300;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("semel-few-").FullName;
    readonly List<Socket> _sockets = [];
    readonly Process _broker;

    public FewDescriptorsTests()
    {
        var start = new ProcessStartInfo("sh", ["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "sh", Limit.ToString(CultureInfo.InvariantCulture),
            "dotnet", Path.Combine(AppContext.BaseDirectory, "semel.dll"), "serve", "--json", "--listen", "127.0.0.1:0", "--data-dir", Path.Combine(_folder, "data")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _broker = Process.Start(start)!;
    }

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
        _broker.Kill(entireProcessTree: true);
        _broker.WaitForExit();
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    async Task ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(address).WaitAsync(Patience);
    }

    [Fact]
    public async Task It_refuses_connections_in_time_takes_records_for_every_partition_and_stops_in_order()
    {
        if (OperatingSystem.IsWindows()) return;
        var errors = _broker.StandardError.ReadToEndAsync();
        var serving = await _broker.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new IOException(await errors);
        var address = JsonDocument.Parse(serving).RootElement.GetProperty("address").GetString()!;

        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = address }))
        {
            var made = await admin.CreateTopicsAsync([.. Enumerable.Range(0, Topics).Select(number => new NewTopic($"t{number}", PartitionsEach))]).WaitAsync(Patience);
            Assert.All(made, topic => Assert.Null(topic.Failure));
        }
        await using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = address }).Build())
        {
            await producer.ProduceAsync("t0", new Message<Null, string> { Value = "first" }).AsTask().WaitAsync(Patience);
            for (var connection = 0; connection < Connections; connection++) await ConnectAsync(IPEndPoint.Parse(address));
            var deliveries = from topic in Enumerable.Range(0, Topics)
                             from partition in Enumerable.Range(0, PartitionsEach)
                             select producer.ProduceAsync(new TopicPartition($"t{topic}", partition), new Message<Null, string> { Value = "x" }).AsTask();
            await Task.WhenAll(deliveries).WaitAsync(Patience);
        }
        Assert.False(_broker.HasExited);
        using (var kill = Process.Start("kill", ["-TERM", _broker.Id.ToString(CultureInfo.InvariantCulture)])!) await kill.WaitForExitAsync();
        await _broker.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, _broker.ExitCode);
        Assert.Contains($"the limit of open files, {Limit} (ulimit -n)", await errors);
    }
}
