using System.Net.Sockets;
using System.Text.RegularExpressions;
using Semel.Peers;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;
using Semel.Testing;

namespace Semel.Guide.Tests.Tables;

/// <summary>The page of requests is what the broker advertises and what the client's sources send; the switch that accepts a changed surface writes it
/// anew.</summary>
public sealed class ProtocolPageTests
{
    const string Accept = "SEMEL_ACCEPT_API", Heading = "| key | request |";

    static readonly string[] States = ["done", "refused", "not done"];

    [Fact]
    public async Task Each_request_has_a_row_with_the_versions_that_the_broker_advertises()
    {
        var advertised = await AskAsync();
        var rows = PageTable.Read("protocol.md", Heading).ToDictionary(row => row[1]);
        var expected = Enum.GetValues<ApiKey>().Select(key =>
            $"| {(short)key} | {key} | {(advertised.TryGetValue(key, out var range) ? range : "no")} | {(IsAskedByClient(key) ? "yes" : "no")} | {rows.GetValueOrDefault($"{key}")?[4]} |".Replace("|  |", "| |")).ToList();
        if (Surroundings.Variable(Accept) == "1") WriteAnew(expected);
        Assert.Equal(expected, File.ReadLines(PageTable.PathOf("protocol.md")).SkipWhile(line =>
            !line.StartsWith(Heading, StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')));
        Assert.All(rows.Values.Where(row => row[2] == "no"), row => Assert.True(row[4].Length > 0, $"{row[1]} is not answered, and nothing says why"));
    }

    static void WriteAnew(List<string> rows)
    {
        var path = PageTable.PathOf("protocol.md");
        var lines = File.ReadAllLines(path).ToList();
        var first = lines.FindIndex(line => line.StartsWith(Heading, StringComparison.Ordinal)) + 2;
        var count = lines.Skip(first).TakeWhile(line => line.StartsWith('|')).Count();
        lines.RemoveRange(first, count);
        lines.InsertRange(first, rows);
        File.WriteAllLines(path, lines);
    }

    [Fact]
    public void Each_KIP_stands_once_in_order_with_its_state_and_what_holds_it()
    {
        var rows = PageTable.Read("protocol.md", "| KIP |");
        var numbers = rows.Select(row => int.Parse(row[0])).ToList();
        Assert.Equal(numbers.Distinct().Order(), numbers);
        foreach (var row in rows)
        {
            Assert.Contains(row[2], States);
            Assert.NotEmpty(row[3]);
            if (row[2] == "done") Assert.True(Path.Exists(Path.Combine(Repository.Root, row[3].Trim('`'))), $"KIP-{row[0]}: there is no {row[3]}");
        }
    }

    static bool IsAskedByClient(ApiKey key) => ClientSources.Value.Contains($"{key}Request");

    static readonly Lazy<HashSet<string>> ClientSources = new(() =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Client"), "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Regex.Matches(File.ReadAllText(file), @"\bnew (\w+Request)\b|\b(?:SendAsync|AskAsync|BestVersion)<(\w+Request),")
            .Select(match => match.Groups[1].Value + match.Groups[2].Value))]);

    static async Task<Dictionary<ApiKey, string>> AskAsync()
    {
        await using var broker = await InProcessBroker.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(broker.Broker.EndPoint);
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(ApiKey.ApiVersions, 0, 1, "guide"), new ApiVersionsRequest());
        await socket.GetStream().WriteAsync(writer.ToArray());
        var size = new byte[Frame.SizeLength];
        await socket.GetStream().ReadExactlyAsync(size);
        var frame = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(size)];
        await socket.GetStream().ReadExactlyAsync(frame);
        var reader = new WireReader(frame);
        ResponseHeader.Read(ref reader, ApiKey.ApiVersions, 0);
        var answer = new ApiVersionsResponse();
        answer.Read(ref reader, 0);
        return answer.ApiKeys.ToDictionary(api => api.ApiKey, api =>
            api.MinVersion == api.MaxVersion ? $"{api.MinVersion}" : $"{api.MinVersion} to {api.MaxVersion}");
    }
}
