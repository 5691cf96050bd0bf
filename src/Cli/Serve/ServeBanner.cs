using Semel.Broker.Hosting;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

namespace Semel.Cli.Serve;

/// <summary>What a person needs to know of a broker that has just started; or one line of JSON for a program.</summary>
public static class ServeBanner
{
    /// <summary>Set by the script that starts this program from a checkout, so that the examples can be copied as they stand.</summary>
    public const string ProgramVariable = "SEMEL_PROGRAM";

    public static void Write(Terminal terminal, SemelBroker broker, bool asJson)
    {
        if (asJson) WriteJson(terminal.Output, broker);
        else WriteText(terminal.Output, broker, terminal.Variable(ProgramVariable) ?? "semel");
    }

    static void WriteText(OutputText output, SemelBroker broker, string program)
    {
        var client = broker.BootstrapServers;
        var ours = client == ConnectionOptions.DefaultBootstrap ? "" : $" -b {client}";
        var flush = broker.Options.Flush == FlushPolicy.Disk ? "when they are on disk" : "when the operating system has them (--flush os)";
        output.WriteLine($"""
            Semel {VersionCommand.Text} serves.

              listening on    {broker.EndPoint}
              data in         {broker.Options.DataDirectory ?? "memory: it is gone when this process ends"}
              acknowledges    records {(broker.Options.DataDirectory is null ? "at once" : flush)}

            Send a record and read it back:
              echo hello | {program} produce{ours} -t first
              {program} consume{ours} -t first --exit-at-end

            The same with kcat:
              echo hello | kcat -P -b {client} -t first
              kcat -C -b {client} -t first -e

            Ctrl-C stops the broker.
            """);
    }

    static void WriteJson(OutputText output, SemelBroker broker) => output.WriteJsonLine(json =>
    {
        json.WriteStartObject();
        json.WriteString("event", "serving");
        json.WriteString("address", broker.EndPoint.ToString());
        json.WriteString("bootstrapServers", broker.BootstrapServers);
        json.WriteString("dataDirectory", broker.Options.DataDirectory);
        json.WriteString("clusterId", broker.ClusterId);
        json.WriteNumber("processId", Environment.ProcessId);
        json.WriteEndObject();
    });
}
