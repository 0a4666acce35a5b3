"""Grows a random forest with scikit-learn and writes it as ONNX.

Tarn says where things are: TARN_TRAIN is the training set (columns of floats, the last is the label, missing values
are NaN), TARN_MODEL the file to write, TARN_SEED a number for all that is random, TARN_PARAM_… the parameters.
The model takes one tensor of floats and gives the probabilities as its last output.
"""

import os

import numpy as np
import sklearn
from onnx import TensorProto, checker, helper
from sklearn.ensemble import RandomForestClassifier

print("scikit-learn", sklearn.__version__)
rows = np.loadtxt(os.environ["TARN_TRAIN"], delimiter=",", skiprows=1, dtype=np.float32, ndmin=2)
x, y = rows[:, :-1], rows[:, -1].astype(int)
usual = np.nan_to_num(np.nanmedian(x, axis=0))
forest = RandomForestClassifier(
    n_estimators=int(os.environ["TARN_PARAM_TREES"]),
    max_depth=int(os.environ["TARN_PARAM_DEPTH"]),
    class_weight="balanced",
    random_state=int(os.environ["TARN_SEED"]),
).fit(np.where(np.isnan(x), usual, x), y)

# The trees as ONNX has them: one list for each property of a node.
nodes = {name: [] for name in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")}
leaves = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
for number, estimator in enumerate(forest.estimators_):
    tree = estimator.tree_
    for node in range(tree.node_count):
        leaf = tree.children_left[node] < 0
        # The greatest 32-bit number that is not above the threshold decides as the threshold does.
        threshold = np.float32(tree.threshold[node])
        if threshold > tree.threshold[node]:
            threshold = np.nextafter(threshold, np.float32(-np.inf))
        nodes["treeids"].append(number)
        nodes["nodeids"].append(node)
        nodes["featureids"].append(0 if leaf else int(tree.feature[node]))
        nodes["modes"].append("LEAF" if leaf else "BRANCH_LEQ")
        nodes["values"].append(0.0 if leaf else float(threshold))
        nodes["truenodeids"].append(0 if leaf else int(tree.children_left[node]))
        nodes["falsenodeids"].append(0 if leaf else int(tree.children_right[node]))
        if leaf:
            votes = tree.value[node][0]
            for label in (0, 1):
                leaves["treeids"].append(number)
                leaves["nodeids"].append(node)
                leaves["ids"].append(label)
                leaves["weights"].append(float(votes[label] / votes.sum() / len(forest.estimators_)))

graph = helper.make_graph(
    [
        helper.make_node(
            "Imputer", ["x"], ["filled"], domain="ai.onnx.ml",
            imputed_value_floats=[float(value) for value in usual], replaced_value_float=float("nan"),
        ),
        helper.make_node(
            "TreeEnsembleClassifier", ["filled"], ["label", "probabilities"], domain="ai.onnx.ml",
            classlabels_int64s=[0, 1], post_transform="NONE",
            **{"nodes_" + name: values for name, values in nodes.items()},
            **{"class_" + name: values for name, values in leaves.items()},
        ),
    ],
    "forest",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, x.shape[1]])],
    [
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 1)])
model.ir_version = 7
checker.check_model(model)
with open(os.environ["TARN_MODEL"], "wb") as file:
    file.write(model.SerializeToString())
