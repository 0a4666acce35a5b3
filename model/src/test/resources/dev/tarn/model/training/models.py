# Writes the small models that the tests' trainers hand over; needs python3-onnx.
import sys
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

def write(path, nodes, outputs, weights, width=6):
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])], outputs,
        [numpy_helper.from_array(np.asarray(v, dtype=np.float32), k) for k, v in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    checker.check_model(model)
    open(path, "wb").write(model.SerializeToString())

out = [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])]
def logistic(width):
    return ([helper.make_node("IsNaN", ["x"], ["gone"]), helper.make_node("Where", ["gone", "zero", "x"], ["filled"]),
             helper.make_node("Gemm", ["filled", "w", "b"], ["s"]), helper.make_node("Sigmoid", ["s"], ["p"])],
            {"w": [[0.03], [0.0], [-2.0], [2.0], [-2.0], [0.0]][:width], "b": [-7.0], "zero": 0.0})
folder = sys.argv[1]
nodes, weights = logistic(6)
write(folder + "/logistic.onnx", nodes, out, weights)
nodes, weights = logistic(3)
write(folder + "/narrow.onnx", nodes, out, weights, 3)
nodes, weights = logistic(6)
write(folder + "/score.onnx", nodes[:3], [helper.make_tensor_value_info("s", TensorProto.FLOAT, [None, 1])], weights)
write(folder + "/nan.onnx", [helper.make_node("Gemm", ["x", "w", "b"], ["s"]), helper.make_node("Sigmoid", ["s"], ["p"])], out,
      {k: v for k, v in weights.items() if k != "zero"})
