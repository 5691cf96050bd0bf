// Our client behind the command line that the peers' eleven clients have, so that `conform` judges it with the same checks:
//   conform --bootstrap HOST:PORT --driver semel=PATH --clients semel --only idempotent
// One JSON object a line on standard output. Exit code 0: all of the work was done; 1: not, the last line says why; 2: a verb or an option that this client does not have; 3: fenced.
using System.Runtime.InteropServices;
using Semel.Client;
using Semel.PeerDriver;

using var stop = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    stop.Cancel();
});
try
{
    switch (args.FirstOrDefault())
    {
        case "about":
            About.Print();
            return 0;
        case "produce":
            return await ProduceVerb.RunAsync(new Options(args[1..]), stop.Token);
        case "read":
            return await ReadVerb.RunAsync(new Options(args[1..]), stop.Token);
        case "group":
            return await GroupVerb.RunAsync(new Options(args[1..]), stop.Token);
        case "transact":
            return await TransactVerb.RunAsync(new Options(args[1..]), stop.Token);
        case "admin":
            return await AdminVerb.RunAsync(new Options(args[1..]));
        case "copy":
            return await CopyVerb.RunAsync(new Options(args[1..]), stop.Token);
        default:
            throw new UnknownOptionException($"the verbs are {string.Join(", ", About.Verbs)}");
    }
}
catch (UnknownOptionException unknown)
{
    Console.Error.WriteLine(unknown.Message);
    return 2;
}
catch (TimeoutException late)
{
    return Ended("TIMEOUT", late);
}
catch (ProducerFencedException fenced)
{
    Ended("FENCED", fenced);
    return 3;
}
catch (KafkaException failure) when (failure.Error.Code == Semel.Protocol.ErrorCode.FencedInstanceId)
{
    Ended(ErrorName.Of(failure.Error), failure);
    return 3;
}
catch (KafkaException failure)
{
    return Ended(ErrorName.Of(failure.Error), failure);
}

static int Ended(string error, Exception failure)
{
    Line.Print(json =>
    {
        json.WriteString("error", error);
        json.WriteString("message", failure.Message);
    });
    return 1;
}
